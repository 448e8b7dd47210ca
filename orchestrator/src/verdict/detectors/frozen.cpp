// An administrator's freeze: the tasks that blocked first wait for a thaw, and nobody is stuck
// freezing.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> frozen(view const& seen) {
  bool const stalled = seen.workloads.most_stuck() != nullptr && seen.stalled_s() >= seen.recent_s;
  auto const stuck = seen.stuck(seen.recent_s);
  if (stuck.empty() || (seen.workloads.most_stuck() != nullptr && !stalled)) return std::nullopt;
  auto const busy = seen.storage.busy(seen.now_host_s);
  if (busy && *busy >= thresholds::busy_share) return std::nullopt;
  // Samples are a second apart, so the first few may have blocked in any order.
  constexpr double together_s = 3;
  kernel_view::stuck_task const* first = nullptr;
  std::size_t waiters = 0;
  for (auto const& each : stuck) {
    if (freezes(each.what->waits())) return std::nullopt;
    if (!waits_for_thaw(each.what->waits())) continue;
    ++waiters;
    if (first == nullptr && each.lasted_s >= stuck.front().lasted_s - together_s) first = &each;
  }
  if (first == nullptr) return std::nullopt;
  finding one;
  one.state = state_word::frozen;
  one.because.push_back(fmt::format("'{}' waits for a file system to be thawed for {:.0f} s",
                                    first->what->name, first->lasted_s));
  one.because.push_back(fmt::format("{} of {} blocked tasks wait for it; nobody is stuck freezing",
                                    waiters, stuck.size()));
  return one;
}

}  // namespace wedgehog::verdict::detectors
