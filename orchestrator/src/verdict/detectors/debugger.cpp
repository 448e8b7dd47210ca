// The kernel stands in its debugger, by a break, an interrupt or a command, and waits for whoever
// sits at the console: nothing in the guest moves, and nothing is wrong with it.
#include <fmt/format.h>

#include <algorithm>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> debugger(view const& seen) {
  auto const& said = seen.console.debugger;
  if (said.count == 0 || seen.machine.stopping || seen.machine.reset_planned) return std::nullopt;
  // Anybody can print such a line, and a debugger can be left: only while it holds the kernel does
  // everybody else stay silent.
  bool const somebody = std::any_of(
      seen.life.sources.begin(), seen.life.sources.end(),
      [&](auto const& each) { return each.second.last_s > said.last_s + thresholds::halt_echo_s; });
  auto const lasted = seen.now_s - said.last_s;
  if (somebody || lasted < thresholds::halt_echo_s) return std::nullopt;
  finding one;
  one.state = state_word::frozen;
  one.lasted_s = lasted;
  one.sure = lasted >= seen.budget_s;
  one.because.push_back("the kernel stands in its debugger" + said.quoted());
  one.because.push_back(fmt::format("nobody was heard since, for {:.0f} s", lasted));
  return one;
}

}  // namespace wedgehog::verdict::detectors
