// When a cell of a campaign has had enough: so many runs, hours or hits, or a rate known well
// enough.
#pragma once

#include <cstdint>
#include <optional>

#include "experiment/choose_next.hpp"

namespace wedgehog::experiment {

struct goal {
  std::optional<std::uint64_t> runs{};
  std::optional<double> hours{};  // machine-hours at risk
  std::optional<std::uint64_t> hits{};
  std::optional<double> width{};  // upper over lower bound of the 95 % interval is at most this
};

// Any one of them reached is enough; without any it never is. Ending by width is ending by a number
// of hits (the two bounds' ratio depends on nothing else), for which the exact interval stays
// exact.
bool goal_reached(goal const& wanted, cell_state const& cell);

}  // namespace wedgehog::experiment
