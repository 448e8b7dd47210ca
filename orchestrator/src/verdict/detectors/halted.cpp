// The kernel says that it has halted, and nobody is heard any more: it ended as it was told to,
// with the power on.
#include <fmt/format.h>

#include <algorithm>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> halted(view const& seen) {
  auto const& said = seen.console.halted;
  if (said.count == 0 || seen.reset_expected || seen.machine.reset_planned || seen.machine.stopping)
    return std::nullopt;
  // Anybody can write such a line; only a kernel is silent afterwards.
  bool const somebody = std::any_of(
      seen.life.sources.begin(), seen.life.sources.end(),
      [&](auto const& each) { return each.second.last_s > said.last_s + thresholds::halt_echo_s; });
  if (somebody || seen.now_s - said.last_s < thresholds::halt_echo_s) return std::nullopt;
  finding one;
  one.state = state_word::exited;
  one.sure = true;
  one.because.push_back(
      fmt::format("the console says '{}', and nobody was heard since", said.line));
  return one;
}

}  // namespace wedgehog::verdict::detectors
