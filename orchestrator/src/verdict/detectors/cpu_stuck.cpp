// One CPU is stuck while others go on: a flag beside whatever state the guest is in.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> cpu_stuck(view const& seen) {
  finding one;
  for (auto const& [index, cpu] : seen.processors.all)
    if (processor_view::locked(cpu, seen.now_s) && one.because.size() < 4)
      one.because.push_back(fmt::format("vCPU {} runs with interrupts off for {:.0f} s", index,
                                        cpu.masked.lasted_s(seen.now_s)));
  if (seen.stall_said(seen.console.soft_lockup))
    one.because.push_back("the console shows a soft lockup" + seen.console.soft_lockup.quoted());
  if (seen.stall_said(seen.console.hard_lockup))
    one.because.push_back("the console shows a hard lockup" + seen.console.hard_lockup.quoted());
  if (seen.stall_said(seen.console.rcu_stall))
    one.because.push_back("the console shows an RCU stall" + seen.console.rcu_stall.quoted());
  if (one.because.empty()) return std::nullopt;
  one.flags.push_back(flag_word::cpu_stuck);
  return one;
}

}  // namespace wedgehog::verdict::detectors
