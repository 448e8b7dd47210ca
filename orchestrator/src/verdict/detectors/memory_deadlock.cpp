// The kernel needed memory to free memory and got none: says so beside whatever state the guest is
// in, for it explains a guest that stands still.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> memory_deadlock(view const& seen) {
  auto const& said = seen.console.memory_deadlock;
  if (said.count == 0) return std::nullopt;
  finding one;
  one.because.push_back(fmt::format(
      "the console said {} times that the memory kept for freeing memory is used up", said.count));
  return one;
}

}  // namespace wedgehog::verdict::detectors
