// What was seen of something that happens at random, and over how many hours it could have
// happened: all that the numbers of this library are made of. The model behind them is a constant
// rate per hour of exposure, in independent machines.
#pragma once

#include <cstdint>

namespace wedgehog::experiment {

struct exposure {
  std::uint64_t hits = 0;
  double hours = 0;  // machine-hours at risk; what is not above 0 tells nothing
};

// What is covered by an interval of 95 %.
inline constexpr double customary_confidence = 0.95;

// A range of what is not known exactly. `high` is infinite where nothing bounds it.
struct interval {
  double low = 0;
  double high = 0;
};

}  // namespace wedgehog::experiment
