// The signature of a run's failure: the key under which the results database finds the same failure
// again.
#pragma once

#include <string>
#include <vector>

#include "timeline/timeline.hpp"
#include "verdict/run_verdict.hpp"

namespace wedgehog::conductor {

// A crash is named after what the console says (class and guilty function), a wedge after the set
// of places where tasks wait; empty when the run did not fail or nothing names it.
[[nodiscard]] std::string signature_of(verdict::final_verdict const& said,
                                       timeline::timeline const& whole,
                                       std::vector<timeline::blocked_task> const& stuck);

}  // namespace wedgehog::conductor
