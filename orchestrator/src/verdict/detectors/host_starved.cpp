// The vCPUs want to run and the host does not let them: no budget runs meanwhile.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> host_starved(view const& seen) {
  if (!seen.starved(seen.now_host_s)) return std::nullopt;
  finding one;
  one.state = state_word::host_starved;
  one.because.push_back(
      fmt::format("the vCPUs are awake in {:.0f} % of the samples but get {:.1f} % of a CPU",
                  100 * seen.processors.awake_share(), 100 * seen.processors.host_share()));
  if (seen.machine.answer_ms && *seen.machine.answer_ms > 20)
    one.because.push_back(fmt::format("QEMU needs {:.0f} ms to answer", *seen.machine.answer_ms));
  return one;
}

}  // namespace wedgehog::verdict::detectors
