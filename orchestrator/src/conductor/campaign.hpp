// Many runs: so many at a time, until all are done or the user wants to stop.
#pragma once

#include <functional>
#include <vector>

#include "conductor/perform.hpp"

namespace wedgehog::conductor {

struct job {
  plan::plan what;
  std::string recipe_text;
};

struct campaign_terms {
  std::size_t at_once = 1;
  // A run that the host starved beside others proves nothing about its guest: it is done again,
  // once, when the others are over and the host is its own.
  bool again_if_starved = false;
};

using perform_one = std::function<loop::awaitable<result<run_report>>(job const&)>;

// Calls `on_report` after each run, in the order in which they end. After an interruption no new
// run begins, and those that live end with their evidence kept. The error is the first that kept a
// run from being recorded at all.
loop::awaitable<result<void>> perform_all(perform_one perform, interruption const& stop,
                                          std::vector<job> jobs, campaign_terms terms,
                                          std::function<void(run_report const&)> on_report);

}  // namespace wedgehog::conductor
