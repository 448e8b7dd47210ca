// A file system was given up, or found its own data wrong: a flag beside whatever state the guest
// is in, with the line that says so. A workload that makes no progress on one that was given up,
// while nobody is stuck, has failed: it tries again and again.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> file_system(view const& seen) {
  auto const* worst = seen.console.file_systems.worst();
  if (worst == nullptr) return std::nullopt;
  finding one;
  one.flags.push_back(flag_word::file_system);
  one.because.push_back(fmt::format("the console says of a file system: {}", worst->line));
  if (worst->after_fault)
    one.because.push_back(fmt::format("fault {} had hit before", seen.faults.risked_by));
  bool const given_up = seen.console.file_systems.ended.count > 0;
  bool const stalled = seen.workloads.most_stuck() != nullptr && seen.used_s() >= seen.recent_s &&
                       seen.reports_come();
  if (!given_up || !stalled) return one;
  for (auto const& each : seen.stuck(seen.settled_s))
    if (!waits_harmlessly(each.what->waits()) && !each.what->kernel_thread) return one;
  one.state = state_word::workload_failed;
  one.sure = seen.used_s() >= seen.budget_s;
  one.because.push_back(
      fmt::format("'{}' made no progress for {:.0f} s, and no task is blocked for long",
                  seen.workloads.name_of_most_stuck(), seen.stalled_s()));
  return one;
}

}  // namespace wedgehog::verdict::detectors
