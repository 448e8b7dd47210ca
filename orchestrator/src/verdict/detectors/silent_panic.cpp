// Halted with interrupts off while nothing beats: a panic that reached no console.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> silent_panic(view const& seen) {
  int const parked = seen.processors.parked_count(seen.now_s);
  if (parked == 0 || seen.life.sources.empty()) return std::nullopt;
  // A vCPU that was taken offline looks the same: only with every beat gone.
  for (auto const& [name, source] : seen.life.sources)
    if (!seen.life.silent(name, seen.now_s, seen.quiet_s)) return std::nullopt;
  finding one;
  one.state = state_word::panicked;
  one.because.push_back(
      fmt::format("{} of {} vCPUs are halted with interrupts off, which only a stopped kernel does",
                  parked, seen.processors.all.size()));
  one.because.push_back("no source of beats is heard; the console is silent");
  return one;
}

}  // namespace wedgehog::verdict::detectors
