// The kernel oopsed and went on: a flag beside whatever state it is in.
#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> oops(view const& seen) {
  if (seen.console.oops.count == 0) return std::nullopt;
  finding one;
  one.flags.push_back(flag_word::oops);
  one.because.push_back("the console shows a kernel oops" + seen.console.oops.quoted());
  return one;
}

}  // namespace wedgehog::verdict::detectors
