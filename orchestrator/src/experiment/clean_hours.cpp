#include "experiment/clean_hours.hpp"

#include <cmath>
#include <limits>

namespace wedgehog::experiment {

double clean_hours_to_exclude(exposure const& old, double confidence) {
  if (old.hits == 0 || !(old.hours > 0)) return std::numeric_limits<double>::infinity();
  // Of n hits none falls into the later hours t with chance (T / (T + t))^n.
  return old.hours * std::expm1(-std::log1p(-confidence) / static_cast<double>(old.hits));
}

}  // namespace wedgehog::experiment
