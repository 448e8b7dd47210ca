// Which cell of a campaign (a recipe, variant and image) the next free slot goes to: the one about
// whose rate least is known. So a night finds out as much as it can.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace wedgehog::experiment {

struct cell_state {
  std::uint64_t hits = 0;
  double hours = 0;      // machine-hours at risk of runs that are not void
  std::size_t done = 0;  // runs that have ended, also those that came to nothing
  std::size_t under_way = 0;
  double typical_hours = 0;  // at risk in a run that does not fail; 0: not known yet
  bool finished = false;     // it wants no more runs
};

// The index of the cell; none when all are finished. Cells that nobody has tried come first; then
// the one whose interval is widest on the logarithmic scale, where rates below one hit in all hours
// of all cells count as equal. Those under way count as hours without a hit, so that slots spread,
// and so do those that came to nothing, so that a cell that never yields does not eat the night. Of
// equals the one with fewest under way, then the first.
std::optional<std::size_t> choose_next(std::span<cell_state const> cells);

}  // namespace wedgehog::experiment
