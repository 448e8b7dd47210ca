// No workload counts anything: a step has its own deadline, so the judge only says what goes on.
#include <fmt/format.h>

#include <algorithm>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> nothing_to_judge(view const& seen) {
  if (seen.workloads.most_stuck() != nullptr) return std::nullopt;
  finding one;
  one.state = state_word::ok;
  bool const somebody = std::any_of(
      seen.life.sources.begin(), seen.life.sources.end(),
      [&](auto const& each) { return seen.life.beats(each.first, seen.now_s, seen.quiet_s); });
  if (!seen.life.sources.empty() && !somebody && !seen.machine.stopping) {
    one.state = state_word::suspect;
    one.because.push_back(
        fmt::format("nobody in the guest is heard for {:.0f} s or more", seen.quiet_s));
    return one;
  }
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
