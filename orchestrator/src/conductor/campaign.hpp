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

// Calls `on_report` after each run, in the order in which they end. After an interruption no new
// run begins, and those that live end with their evidence kept. The error is the first that kept a
// run from being recorded at all.
loop::awaitable<result<void>> perform_all(environment& env, std::vector<job> jobs,
                                          std::size_t at_once, progress_sink tell,
                                          std::function<void(run_report const&)> on_report);

}  // namespace wedgehog::conductor
