// No progress beyond the budget, and nothing in the kernel or the storage that would explain it:
// the workload waits or spins in user space. Only the budget tells this from an intended sleep.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"
#include "verdict/who_waits.hpp"

namespace wedgehog::verdict::detectors {
namespace {

// A request that no disk knows of: it waits above them, and whoever asked for it sleeps.
finding held_in_kernel(view const& seen, std::string why) {
  finding one;
  one.state = state_word::wedged;
  one.kind = kind_word::software_wait;
  one.because.push_back(fmt::format("'{}' made no progress for {:.0f} s, and reports so",
                                    seen.workloads.name_of_most_stuck(), seen.stalled_s()));
  one.because.push_back(std::move(why));
  for (auto const& [name, state] : seen.kernel.devices)
    if (state.find("suspended") != std::string::npos)
      one.because.push_back(fmt::format("device {}: {}", name, state));
  return one;
}

}  // namespace

std::optional<finding> user_wait(view const& seen) {
  if (seen.workloads.most_stuck() == nullptr || seen.used_s() < seen.budget_s ||
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
  for (auto const& each : seen.stuck(seen.settled_s))
    if (!waits_harmlessly(each.what->waits())) return std::nullopt;
  if (!seen.kernel.listed_all) return std::nullopt;
  if (seen.kernel.io_wanted() >= thresholds::waiting_share ||
      seen.kernel.io_pressure() >= thresholds::busy_share ||
      (seen.kernel.memory_pressure() >= thresholds::memory_share && system < thresholds::burning))
    return std::nullopt;
  auto const* own = seen.own();
  if (own != nullptr && own->asynchronous() != nullptr)
    return held_in_kernel(seen, in_words(*who_waits_for_what(seen).leads_to_storage) +
                                    ", for I/O that it asked for and the kernel does not finish");
  if (own == nullptr && !seen.faults.suspended_device.step.empty())
    return held_in_kernel(seen,
                          fmt::format("step {} suspended a device, and no later one resumed it",
                                      seen.faults.suspended_device.step));
  one.kind = kind_word::user_wait;
  double const runs = own == nullptr ? user : own->run_share();
  bool const retries = seen.kernel.forks_per_second() >= thresholds::retry_rate;
  if (runs >= thresholds::burning && user >= system) one.kind = kind_word::user_spin;
  if (system >= thresholds::burning && system > user)
    one.kind = retries ? kind_word::user_spin : kind_word::livelock;
  // Its own tasks rest: what burns is somebody else's.
  if (own != nullptr && runs < thresholds::burning && !retries) one.kind = kind_word::user_wait;
  one.because.push_back("no task is blocked in the kernel for long");
  one.because.push_back(fmt::format("user space uses {:.0f} % of a CPU, the kernel {:.0f} %",
                                    100 * user, 100 * system));
  if (own != nullptr)
    one.because.push_back(
        fmt::format("its own tasks use {:.0f} % of a CPU and switch {:.1f} times/s", 100 * runs,
                    own->switches_per_second()));
  if (retries)
    one.because.push_back(fmt::format("{:.1f} new processes/s: user space tries again and again",
                                      seen.kernel.forks_per_second()));
  return one;
}

}  // namespace wedgehog::verdict::detectors
