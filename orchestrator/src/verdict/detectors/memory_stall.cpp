// No progress, and memory is what the guest is short of: its tasks wait for memory, or most of its
// requests bring back pages that were reclaimed a moment before. The kernel may be busy with it, or
// the disk, or neither: a page at a time.
#include <fmt/format.h>

#include <algorithm>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {
namespace {

bool somebody_waits_for_else(view const& seen) {
  auto const stuck = seen.stuck(seen.settled_s);
  return std::any_of(stuck.begin(), stuck.end(), [](auto const& each) {
    return !waits_harmlessly(each.what->waits()) && !waits_for_io(each.what->waits());
  });
}

}  // namespace

std::optional<finding> memory_stall(view const& seen) {
  bool const counted = seen.workloads.most_stuck() != nullptr;
  double const stalled_s = seen.stalled_s();
  if (!counted || stalled_s < seen.recent_s || !seen.reports_come()) return std::nullopt;
  // What was begun without memory may take a while after there is enough: its budget begins anew.
  double const past_s = seen.now_s - seen.lacked_memory_s;
  if (past_s >= seen.budget_s) return std::nullopt;
  double const waited = seen.kernel.memory_pressure();
  bool const others = somebody_waits_for_else(seen);
  // Pages that come and go may be the business of others than him who waits.
  if (others && waited < thresholds::memory_share) return std::nullopt;
  // He may wait for a lock of one who waits for memory; while canaries get what they need, nobody
  // knows.
  double const canaries = seen.canaries_since_progress();
  bool const doubtful = others && canaries >= thresholds::canary_control;
  bool const believed = stalled_s < thresholds::slow_patience * seen.budget_s;

  finding one;
  one.state = believed && !doubtful && past_s <= 0 ? state_word::slow : state_word::suspect;
  one.because.push_back(fmt::format("'{}' made no progress for {:.0f} s",
                                    seen.workloads.name_of_most_stuck(), stalled_s));
  if (past_s > 0) {
    one.because.push_back(fmt::format("the guest was short of memory until {:.0f} s ago", past_s));
    return one;
  }
  one.because.push_back(fmt::format(
      "the guest is short of memory: {:.0f} pages/s are reclaimed and {:.0f}/s come back while "
      "{:.0f} requests/s complete; tasks wait for memory {:.0f} % of the time",
      seen.kernel.reclaims_per_second(), seen.kernel.refaults_per_second(),
      seen.storage.completions_per_second(), 100 * std::min(1.0, waited)));
  if (doubtful)
    one.because.push_back(fmt::format(
        "but tasks are blocked, and canaries completed {:.0f} times meanwhile", canaries));
  else if (!believed)
    one.because.push_back("for so long that only a longer run or more memory can tell");
  return one;
}

}  // namespace wedgehog::verdict::detectors
