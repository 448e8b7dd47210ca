// Judging a stored run again: everything that the verdict rests on is in its timeline.
#pragma once

#include "plan/plan.hpp"
#include "timeline/timeline.hpp"
#include "verdict/run_verdict.hpp"

namespace wedgehog::conductor {

// The signals up to the moment at which the verdict was taken: what the taking of evidence did to
// the guest is not judged.
[[nodiscard]] timeline::timeline until_evidence(timeline::timeline const& whole);
// What became of the steps, as the timeline tells.
[[nodiscard]] verdict::run_outcome outcome_of(timeline::timeline const& whole);
// The plan's budgets as the judge wants them. The plan's are already stretched by `time_scale`,
// which must be above zero.
[[nodiscard]] verdict::budgets granted_by(plan::plan const& what, double time_scale);

[[nodiscard]] verdict::final_verdict judge_again(timeline::timeline const& whole,
                                                 plan::plan const& what, double time_scale);

}  // namespace wedgehog::conductor
