// The guest began anew although nobody planned it.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> reboot(view const& seen) {
  if (seen.reset_expected || seen.machine.reset_planned || seen.machine.stopping)
    return std::nullopt;
  finding one;
  if (seen.machine.resets > 0)
    one.because.push_back(fmt::format("QEMU reported {} resets by the guest", seen.machine.resets));
  if (seen.console.booted_again) one.because.push_back("the console shows a second boot banner");
  if (seen.workloads.jumped_back) one.because.push_back("a workload's counter fell and stayed low");
  if (seen.kernel.went_back) one.because.push_back("the guest's uptime fell");
  if (one.because.empty()) return std::nullopt;
  one.state = state_word::rebooted;
  return one;
}

}  // namespace wedgehog::verdict::detectors
