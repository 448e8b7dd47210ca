// What makes one copy of a frozen machine another than the others, drawn from the host's own random
// numbers. Not from the plan's seed: two runs of one seed are two machines.
#pragma once

#include "base/error.hpp"
#include "wire/become_another.hpp"

namespace wedgehog::conductor {

// Blame: host.
result<wire::become_another> another_identity();

}  // namespace wedgehog::conductor
