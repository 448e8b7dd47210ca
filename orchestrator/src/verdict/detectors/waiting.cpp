// No progress, but the budget is not used up: never a verdict.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> waiting(view const& seen) {
  if (seen.workloads.most_stuck() == nullptr || seen.stalled_s() < seen.recent_s)
    return std::nullopt;
  finding one;
  one.state = state_word::suspect;
  if (seen.stalled_s() >= seen.budget_s)
    one.because.push_back(
        "the budget is used up, but neither storage nor blocked tasks decide it: unknown");
  one.because.push_back(fmt::format("'{}' made no progress for {:.0f} s of {:.0f} s granted",
                                    seen.workloads.name_of_most_stuck(), seen.stalled_s(),
                                    seen.budget_s));
  return one;
}

}  // namespace wedgehog::verdict::detectors
