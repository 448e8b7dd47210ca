// No progress beyond the budget, and tasks blocked in the kernel that never ran since, with no
// request outstanding that would explain them. Deadlock and missed wakeup look the same from here:
// the kind stays "software wait".
#include <fmt/format.h>

#include "verdict/catalogue.hpp"
#include "verdict/device_states.hpp"

namespace wedgehog::verdict::detectors {
namespace {

bool busy_kernel(view const& seen, std::vector<std::string>& because) {
  double const switches = seen.kernel.switches_per_second();
  double const completions = seen.storage.completions_per_second();
  if (switches >= thresholds::chatter_rate &&
      switches >= thresholds::chatter_per_completion * completions) {
    because.push_back(fmt::format("{:.0f} context switches/s while {:.1f} requests/s complete",
                                  switches, completions));
    return true;
  }
  double const system =
      seen.kernel.fresh(seen.now_s) ? seen.kernel.system_share() : seen.processors.kernel_share();
  if (system >= thresholds::burning &&
      system >= thresholds::burned_per_completion_s * completions) {
    because.push_back(fmt::format("the kernel uses {:.0f} % of a CPU", 100 * system));
    return true;
  }
  return false;
}

// How much a blocked task says of why the workload stands still: its own tasks most, kernel threads
// that work for others least; and who waits for what no request explains, more than his like.
int says(view const& seen, kernel_view::stuck_task const& one) {
  auto const* own = seen.own();
  bool const mine = own != nullptr && own->has(one.pid);
  return (mine ? 4 : 0) + (waits_for_something_else(one.what->waits()) ? 2 : 0) +
         (one.what->kernel_thread ? 0 : 1);
}

}  // namespace

std::optional<finding> blocked_tasks(view const& seen) {
  bool const counted = seen.workloads.most_stuck() != nullptr;
  if (counted ? seen.used_s() < seen.budget_s : !seen.steps_silent()) return std::nullopt;
  // Where a counter stands still, a task may have blocked a little later; where none is heard, the
  // task alone must carry the whole budget.
  bool const heard = counted && seen.reports_come();
  auto const stuck = seen.stuck(heard ? seen.settled_s : seen.budget_s);
  kernel_view::stuck_task const* first = nullptr;
  std::size_t count = 0;
  bool by_itself = false;  // it waits for something that no request explains
  double const completions = seen.storage.completions_per_second();
  auto const busy = seen.storage.busy(seen.now_host_s);
  // Storage that works moderately or that nobody looks at, and no canary as control: who waits for
  // I/O may simply wait his turn.
  bool const works =
      !busy || (completions >= thresholds::stray_rate && *busy >= thresholds::idle_share);
  bool const io_explains = works && seen.canaries_since_progress() < thresholds::canary_control;
  auto const old = seen.storage.stuck(seen.now_host_s, seen.settled_s);
  auto const devices = held_by_devices(seen);
  for (auto const& each : stuck) {
    if (waits_harmlessly(each.what->waits()) || (io_explains && waits_for_io(each.what->waits())))
      continue;
    // What a bystander waits for is known: a request, a thaw, a device that lets nothing through.
    bool const explained = old || waits_for_thaw(each.what->waits()) || !devices.empty();
    if (explained && seen.is_bystander(each)) continue;
    if (first == nullptr || says(seen, each) > says(seen, *first)) first = &each;
    by_itself = by_itself || waits_for_something_else(each.what->waits());
    ++count;
  }
  if (first == nullptr) return std::nullopt;
  if (!heard &&
      (completions >= thresholds::stray_rate || (busy && *busy >= thresholds::busy_share)))
    return std::nullopt;

  finding one;
  one.state = state_word::wedged;
  one.kind = kind_word::software_wait;
  if (counted)
    one.because.push_back(fmt::format("'{}' made no progress for {:.0f} s",
                                      seen.workloads.name_of_most_stuck(), seen.stalled_s()));
  one.because.push_back(fmt::format(
      "{} did not run once; '{}' for {:.0f} s{}{}",
      count == 1 ? std::string("1 blocked task") : fmt::format("{} blocked tasks", count),
      first->what->name, first->lasted_s, first->what->where().empty() ? "" : " in ",
      first->what->where()));
  if (waits_for_something_else(first->what->waits()))
    one.because.push_back("it is on no road to storage, and waits for no lock");
  if (old)
    one.because.push_back(fmt::format(
        "beside it a request on disk {} is {:.0f} s old{}; whoever waits "
        "for that is another",
        old->disk, old->age_s, old->held_by.empty() ? "" : ", held by fault " + old->held_by));
  else if (busy)
    one.because.push_back(fmt::format(
        "{}: busy in {:.0f} % of the samples, {:.1f} completions/s",
        *busy >= thresholds::busy_share ? "others use the storage" : "storage does not explain it",
        100 * *busy, completions));
  if (seen.canaries_since_progress() >= thresholds::canary_control)
    one.because.push_back(
        fmt::format("canaries completed {:.0f} times meanwhile: the storage works",
                    seen.canaries_since_progress()));
  if (seen.console.oops.count > 0) {
    one.kind = kind_word::after_oops;
    one.because.push_back("the kernel oopsed before: who oopses keeps the locks he held");
  } else if (busy_kernel(seen, one.because)) {
    one.kind = kind_word::livelock;
  } else if (!by_itself && !devices.empty()) {
    one.because.insert(one.because.end(), devices.begin(), devices.end());
  } else {
    one.because.push_back("deadlock or missed wakeup: the kind is unproved");
  }
  return one;
}

}  // namespace wedgehog::verdict::detectors
