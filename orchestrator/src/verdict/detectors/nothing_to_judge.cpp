// No workload counts anything: a step has its own deadline, so the judge only says what goes on.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> nothing_to_judge(view const& seen) {
  if (seen.workloads.most_stuck() != nullptr) return std::nullopt;
  finding one;
  one.state = state_word::ok;
  if (seen.steps.empty()) {
    one.because.push_back("nothing is under way that could stall");
    return one;
  }
  auto const& [path, step] = *seen.steps.rbegin();
  one.because.push_back(
      fmt::format("step {} '{}' is under way for {:.0f} s; its own deadline applies", path,
                  step.what, seen.now_s - step.began_s));
  return one;
}

}  // namespace wedgehog::verdict::detectors
