#include "verdict/merge.hpp"

#include <algorithm>

namespace wedgehog::verdict {

finding merge(std::span<finding const> found) {
  finding merged;
  for (auto const& one : found) {
    if (one.state && !merged.state) {
      merged.state = one.state;
      merged.kind = one.kind;
      merged.detector = one.detector;
      merged.lasted_s = one.lasted_s;
      merged.sure = one.sure;
      merged.explained_by = one.explained_by;
      merged.because.insert(merged.because.begin(), one.because.begin(), one.because.end());
    } else if (!one.state) {
      merged.because.insert(merged.because.end(), one.because.begin(), one.because.end());
    }
    for (auto const flag : one.flags)
      if (std::find(merged.flags.begin(), merged.flags.end(), flag) == merged.flags.end())
        merged.flags.push_back(flag);
  }
  if (!merged.state) merged.state = state_word::ok;
  return merged;
}

}  // namespace wedgehog::verdict
