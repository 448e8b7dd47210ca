// The kernel said that it panicked, or its paravirtual panic device did.
#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> panic(view const& seen) {
  if (seen.machine.stopping && seen.console.panic.count == 0) return std::nullopt;
  if (seen.console.panic.count == 0 && !seen.machine.panic_event &&
      seen.machine.run_state != "guest-panicked")
    return std::nullopt;
  finding one;
  one.state = state_word::panicked;
  if (!seen.console.panic_line.empty())
    one.because.push_back(seen.console.panic_line);
  else if (seen.console.panic.count > 0)
    one.because.push_back("the console shows a kernel panic");
  if (seen.machine.panic_event) one.because.push_back("QEMU reports GUEST_PANICKED");
  if (one.because.empty()) one.because.push_back("QEMU's run state is guest-panicked");
  return one;
}

}  // namespace wedgehog::verdict::detectors
