// Findings to one finding: the first state in catalogue order, and the flags of all.
#pragma once

#include <span>

#include "verdict/finding.hpp"

namespace wedgehog::verdict {

// `found` is in catalogue order. Always has a state: `ok` when nobody found one.
[[nodiscard]] finding merge(std::span<finding const> found);

}  // namespace wedgehog::verdict
