// Spoils a timeline as a loaded host does: drops a tenth of the signals, delays a tenth, doubles
// some.
#pragma once

#include <map>
#include <vector>

#include "base/chance.hpp"
#include "timeline/signal.hpp"

namespace wedgehog::verdict {

// Delayed signals arrive up to 4 s late and keep the time at which they were seen.
inline std::vector<timeline::signal> spoil(std::vector<timeline::signal> const& whole,
                                           chance random) {
  std::multimap<microseconds, timeline::signal> arrivals;
  for (auto const& one : whole) {
    double const fate = random.fraction();
    if (fate < 0.1) continue;
    microseconds const delay(fate < 0.2 ? static_cast<std::int64_t>(random.below(4'000'000)) : 0);
    arrivals.emplace(one.at + delay, one);
    if (fate > 0.97) arrivals.emplace(one.at + delay, one);
  }
  std::vector<timeline::signal> spoiled;
  for (auto& [at, one] : arrivals) spoiled.push_back(std::move(one));
  return spoiled;
}

}  // namespace wedgehog::verdict
