// An administrator's freeze: the tasks that blocked first wait for a thaw, and nobody is stuck
// freezing.
#include <fmt/format.h>

#include <algorithm>

#include "verdict/catalogue.hpp"
#include "verdict/device_states.hpp"

namespace wedgehog::verdict::detectors {
namespace {

// None of the workload's own tasks waits for a file system, or one waits for something of its own:
// whoever waits for the thaw is another.
bool waits_elsewhere(view const& seen) {
  auto const* own = seen.own();
  if (own == nullptr) return false;
  if (own->in_state("D") == 0) return own->asynchronous() == nullptr;
  auto const blocked = seen.stuck(0);
  return std::any_of(blocked.begin(), blocked.end(), [own](auto const& each) {
    return own->has(each.pid) && waits_for_something_else(each.what->waits());
  });
}

}  // namespace

std::optional<finding> frozen(view const& seen) {
  bool const stalled = seen.workloads.most_stuck() != nullptr && seen.stalled_s() >= seen.recent_s;
  auto const stuck = seen.stuck(seen.recent_s);
  if (stuck.empty() || (seen.workloads.most_stuck() != nullptr && !stalled)) return std::nullopt;
  if (waits_elsewhere(seen)) return std::nullopt;
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
  if (stalled)
    one.because.push_back(fmt::format("'{}' made no progress for {:.0f} s",
                                      seen.workloads.name_of_most_stuck(), seen.stalled_s()));
  one.because.push_back(fmt::format("'{}' waits for a file system to be thawed for {:.0f} s",
                                    first->what->name, first->lasted_s));
  one.because.push_back(fmt::format("{} of {} blocked tasks wait for it; nobody is stuck freezing",
                                    waiters, stuck.size()));
  for (auto& said : held_by_devices(seen)) one.because.push_back(std::move(said));
  return one;
}

}  // namespace wedgehog::verdict::detectors
