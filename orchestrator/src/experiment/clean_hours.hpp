// How long nothing must happen until an old rate can be excluded: the question after every repair.
#pragma once

#include "experiment/exposure.hpp"

namespace wedgehog::experiment {

// The hours without a hit after which it is excluded, with this confidence, that the rate is still
// that of `old`, of which itself no more is known than its hits and hours. Infinite where `old` has
// no hits. Holds at any look provided that one hit ends the wait as "not repaired" and that the
// hours were fixed beforehand. It excludes the old rate, and not one of a tenth.
double clean_hours_to_exclude(exposure const& old, double confidence = customary_confidence);

}  // namespace wedgehog::experiment
