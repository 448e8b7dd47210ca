// No progress beyond the budget, and nothing in the kernel or the storage that would explain it:
// the workload waits or spins in user space. Only the budget tells this from an intended sleep.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> user_wait(view const& seen) {
  if (seen.workloads.most_stuck() == nullptr || seen.stalled_s() < seen.budget_s ||
      !seen.reports_come())
    return std::nullopt;
  // Neither the storage nor the tasks could be looked at: a counter alone is one sign.
  bool const observed = seen.kernel.fresh(seen.now_s);
  if (!observed && !seen.storage.busy(seen.now_host_s)) return std::nullopt;
  finding one;
  one.state = state_word::wedged;
  one.because.push_back(fmt::format("'{}' made no progress for {:.0f} s, and reports so",
                                    seen.workloads.name_of_most_stuck(), seen.stalled_s()));
  if (!observed) {
    one.because.push_back(seen.console.hung_task.count > 0
                              ? "the kernel complains of blocked tasks, but no observer says which"
                              : "no observer in the guest: the kind is unknown");
    if (seen.console.hung_task.count > 0) one.kind = kind_word::software_wait;
    return one;
  }
  double const user = std::max(seen.kernel.user_share(), seen.processors.user_share());
  double const system = seen.kernel.system_share();
  // Tasks that wait for working storage were left out by blocked_tasks, others by an observer with
  // a full list; or the guest itself counts waits for I/O: then nothing is proved.
  for (auto const& each : seen.kernel.stuck(seen.now_s, seen.settled_s))
    if (!waits_harmlessly(*each.what)) return std::nullopt;
  if (!seen.kernel.listed_all) return std::nullopt;
  if (seen.kernel.io_pressure() >= thresholds::busy_share) return std::nullopt;
  one.kind = kind_word::user_wait;
  if (user >= thresholds::burning && user >= system) one.kind = kind_word::user_spin;
  if (system >= thresholds::burning && system > user) one.kind = kind_word::livelock;
  one.because.push_back("no task is blocked in the kernel for long");
  one.because.push_back(fmt::format("user space uses {:.0f} % of a CPU, the kernel {:.0f} %",
                                    100 * user, 100 * system));
  return one;
}

}  // namespace wedgehog::verdict::detectors
