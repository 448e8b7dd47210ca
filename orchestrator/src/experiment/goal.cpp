#include "experiment/goal.hpp"

#include "experiment/rate.hpp"

namespace wedgehog::experiment {

bool goal_reached(goal const& wanted, cell_state const& cell) {
  if (wanted.runs && cell.done >= *wanted.runs) return true;
  if (wanted.hours && cell.hours >= *wanted.hours) return true;
  if (wanted.hits && cell.hits >= *wanted.hits) return true;
  if (!wanted.width || cell.hits == 0 || !(cell.hours > 0)) return false;
  auto const between = rate_interval({cell.hits, cell.hours});
  return between.high <= *wanted.width * between.low;
}

}  // namespace wedgehog::experiment
