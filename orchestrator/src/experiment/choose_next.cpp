#include "experiment/choose_next.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "experiment/rate.hpp"

namespace wedgehog::experiment {
namespace {

bool untried(cell_state const& cell) {
  return !(cell.hours > 0) && cell.done == 0 && cell.under_way == 0;
}

// The length of a run where its own cell does not know one yet: as long as the longest of others.
double stand_in_hours(std::span<cell_state const> cells) {
  double longest = 0;
  for (auto const& cell : cells) longest = std::max(longest, cell.typical_hours);
  return longest > 0 ? longest : 1;
}

double hours_counted(cell_state const& cell, double stand_in) {
  double const typical = cell.typical_hours > 0 ? cell.typical_hours : stand_in;
  return std::max(cell.hours, static_cast<double>(cell.done) * typical) +
         static_cast<double>(cell.under_way) * typical;
}

double uncertainty(cell_state const& cell, double hours, double hours_of_all) {
  if (untried(cell)) return std::numeric_limits<double>::infinity();
  auto const between = rate_interval({cell.hits, hours});
  double const floor = 1 / hours_of_all;
  return std::log((between.high + floor) / (between.low + floor));
}

}  // namespace

std::optional<std::size_t> choose_next(std::span<cell_state const> cells) {
  double const stand_in = stand_in_hours(cells);
  double hours_of_all = 0;
  for (auto const& cell : cells) hours_of_all += hours_counted(cell, stand_in);
  std::optional<std::size_t> chosen;
  double greatest = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].finished) continue;
    double const here = uncertainty(cells[i], hours_counted(cells[i], stand_in), hours_of_all);
    bool const fewer = chosen && here == greatest && cells[i].under_way < cells[*chosen].under_way;
    if (chosen && here <= greatest && !fewer) continue;
    chosen = i;
    greatest = here;
  }
  return chosen;
}

}  // namespace wedgehog::experiment
