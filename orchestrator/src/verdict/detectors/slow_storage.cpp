// No progress, but the storage is never idle and completions keep coming: slow, however long the
// watchdogs bark.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"
#include "verdict/who_waits.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> slow_storage(view const& seen) {
  bool const counted = seen.workloads.most_stuck() != nullptr;
  double const stalled_s = seen.stalled_s();
  if (!counted || stalled_s < seen.recent_s || !seen.reports_come()) return std::nullopt;
  auto const busy = seen.storage.busy(seen.now_host_s);
  double const rate = seen.storage.completions_per_second();
  if (!busy || *busy < thresholds::busy_share || rate < thresholds::stray_rate) return std::nullopt;
  // An old request on a disk that others wait for proves nothing while the workload is let go on.
  auto const old = seen.storage.stuck(seen.now_host_s, seen.settled_s);
  auto const who = who_waits_for_what(seen);
  // Others keep the storage busy.
  auto const* own = seen.own();
  bool const waits_for_else = who.waits_for_else && who.waits_for_else->proved;
  if (own != nullptr && (own->never_blocked() || waits_for_else)) return std::nullopt;
  if (old && (!who.moves || (who.leads_to_storage && who.leads_to_storage->proved) ||
              seen.storage.completions_beside(old->disk) < thresholds::stray_rate))
    return std::nullopt;
  // The windows look further back than the last completion may lie.
  double const since_s = seen.now_s - seen.storage.completed_s.value_or(0);
  if (since_s >= thresholds::gap_share * seen.budget_s) return std::nullopt;
  double const canaries = seen.canaries_since_progress();
  if (canaries >= thresholds::canary_control) return std::nullopt;

  finding one;
  one.state = stalled_s < thresholds::slow_patience * seen.budget_s ? state_word::slow
                                                                    : state_word::suspect;
  one.because.push_back(fmt::format("'{}' made no progress for {:.0f} s",
                                    seen.workloads.name_of_most_stuck(), stalled_s));
  one.because.push_back(fmt::format(
      "storage is busy in {:.0f} % of the samples and completes {:.1f}/s", 100 * *busy, rate));
  if (old)
    one.because.push_back(fmt::format(
        "disk {} holds a request for {:.0f} s{}, and the workload is not seen to wait for "
        "it: {}",
        old->disk, old->age_s, old->held_by.empty() ? "" : " by fault " + old->held_by,
        who.moves->name + " moves"));
  else if (auto const oldest_s = seen.storage.oldest_s(seen.now_host_s))
    one.because.push_back(fmt::format("the oldest request is {:.1f} s old", *oldest_s));
  if (seen.kernel.fresh(seen.now_s))
    one.because.push_back(fmt::format("all tasks wait for I/O {:.0f} % of the time",
                                      100 * std::min(1.0, seen.kernel.io_pressure())));
  if (one.state == state_word::suspect)
    one.because.push_back("for so long that only a longer run or faster storage can tell");
  return one;
}

}  // namespace wedgehog::verdict::detectors
