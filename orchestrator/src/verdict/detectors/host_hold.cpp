// The host keeps the guest from running: paused, held by us, or QEMU itself stopped. No budget runs
// meanwhile.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> host_hold(view const& seen) {
  auto const& machine = seen.machine;
  finding one;
  if (machine.holds > 0) {
    one.state = state_word::paused;
    one.because.push_back(fmt::format("the orchestrator holds the guest: {}", machine.hold_why));
    return one;
  }
  if (machine.paused()) {
    one.state = state_word::paused;
    one.because.push_back(fmt::format("QEMU's run state is {}", machine.run_state));
    return one;
  }
  // A host that stops and continues QEMU many times a second makes such samples too, but signs of
  // life between.
  double const since_s = seen.now_host_s - machine.stopped_since_host_s;
  double const lifeless_s = seen.now_host_s - seen.life.last_sign_host_s;
  if (machine.stopped() && machine.stopped_in_a_row >= thresholds::stopped_samples &&
      lifeless_s >= thresholds::stopped_s) {
    one.state = state_word::host_stopped;
    one.because.push_back(fmt::format(
        "the QEMU process is stopped (state T) for {:.0f} s and its monitor does not answer",
        since_s));
    return one;
  }
  return std::nullopt;
}

}  // namespace wedgehog::verdict::detectors
