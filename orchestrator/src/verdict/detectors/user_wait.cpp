// No progress beyond the budget, and nothing in the kernel or the storage that would explain it:
// the workload waits or spins in user space. Only the budget tells this from an intended sleep.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"
#include "verdict/device_states.hpp"
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
  for (auto& said : held_by_devices(seen)) one.because.push_back(std::move(said));
  return one;
}

// Where the workload sleeps; whoever waits for a child says nothing of it.
std::optional<std::string> sleeper(own_view::one const& own) {
  for (auto const& each : own.last.waiting)
    if (each.state == "S" && !each.frames.empty() && each.frames.front() != "do_wait")
      return fmt::format("its '{}' sleeps in {}", each.name, each.frames.front());
  return std::nullopt;
}

}  // namespace

std::optional<finding> user_wait(view const& seen) {
  if (seen.workloads.most_stuck() == nullptr || seen.used_s() < seen.budget_s ||
      !seen.reports_come())
    return std::nullopt;
  // Neither the storage nor the tasks could be looked at: a counter alone is one sign.
  bool const observed = seen.kernel.fresh(seen.now_s);
  if (!observed && !seen.storage.busy(seen.now_host_s)) return std::nullopt;
  // One look proves nothing: for most of the budget nothing else held it.
  if (observed && seen.now_s - seen.held_otherwise_s < seen.settled_s) return std::nullopt;
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
  // a full list: then nothing is proved.
  auto const stuck = seen.stuck(seen.settled_s);
  kernel_view::stuck_task const* beside = nullptr;
  for (auto const& each : stuck) {
    if (waits_harmlessly(each.what->waits())) continue;
    if (!seen.is_bystander(each)) return std::nullopt;
    // A kernel thread works for others, who say more.
    if (beside == nullptr || (beside->what->kernel_thread && !each.what->kernel_thread))
      beside = &each;
  }
  if (!seen.kernel.listed_all) return std::nullopt;
  auto const* own = seen.own();
  if (beside != nullptr && !own->never_blocked()) return std::nullopt;
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
  one.because.push_back(beside != nullptr ? "no task of its own is blocked in the kernel"
                                          : "no task is blocked in the kernel for long");
  if (beside != nullptr)
    one.because.push_back(
        fmt::format("beside it '{}' waits in {} for {:.0f} s, and is no task of its own",
                    beside->what->name, beside->what->where(), beside->lasted_s));
  one.because.push_back(fmt::format("user space uses {:.0f} % of a CPU, the kernel {:.0f} %",
                                    100 * user, 100 * system));
  if (own != nullptr && one.kind == kind_word::user_wait)
    if (auto said = sleeper(*own)) one.because.push_back(std::move(*said));
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
