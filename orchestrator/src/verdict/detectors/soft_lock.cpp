// A CPU does not schedule: the kernel says so, and whoever lived on that CPU is silent or gets
// nowhere.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> soft_lock(view const& seen) {
  bool const counted = seen.workloads.most_stuck() != nullptr;
  if (counted && seen.reports_come() && seen.used_s() < seen.budget_s) return std::nullopt;
  bool const said_soft = seen.stall_said(seen.console.soft_lockup);
  bool const said_stall = seen.stall_said(seen.console.rcu_stall);
  bool const someone_silent = seen.life.silent(beat_fifo, seen.now_s, seen.quiet_s) ||
                              seen.life.silent(beat_ordinary, seen.now_s, seen.quiet_s) ||
                              seen.life.silent(beat_workqueue, seen.now_s, seen.quiet_s);
  // Everybody may beat on other CPUs; then the work that rests beyond its budget lived on this one.
  bool const work_rests = counted && seen.used_s() >= seen.budget_s;
  if ((!said_soft && !said_stall) || (!someone_silent && !work_rests)) return std::nullopt;
  for (auto const& [index, cpu] : seen.processors.all) {
    if (cpu.kernel.samples < thresholds::masked_samples ||
        cpu.kernel.lasted_s(seen.now_s) < seen.settled_s)
      continue;
    finding one;
    one.state = state_word::locked_up;
    one.kind = kind_word::soft;
    one.lasted_s = cpu.kernel.lasted_s(seen.now_s);
    one.because.push_back(fmt::format("vCPU {} runs in the kernel without rest for {:.0f} s", index,
                                      cpu.kernel.lasted_s(seen.now_s)));
    one.because.push_back(
        said_soft ? "the console shows a soft lockup" + seen.console.soft_lockup.quoted()
                  : "the console shows an RCU stall" + seen.console.rcu_stall.quoted());
    return one;
  }
  return std::nullopt;
}

}  // namespace wedgehog::verdict::detectors
