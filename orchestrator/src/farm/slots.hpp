// Many runs: so many at a time, until all are done or somebody wants to stop. Owns no machine and
// no process, only the order.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "farm/run_report.hpp"
#include "loop/clock.hpp"
#include "loop/interruption.hpp"
#include "plan/plan.hpp"

namespace wedgehog::farm {

struct job {
  plan::plan what;
  std::shared_ptr<std::string const> recipe_text;  // the same for all runs of a recipe
};

struct slot_terms {
  std::size_t at_once = 1;
  // A run that the host starved beside others proves nothing about its guest: it is done again,
  // once, when the others are over and the host is its own.
  bool again_if_starved = false;
  // Whoever does not know what the host bears wants fewer at once from then on, and hears of it.
  std::function<void(std::string)> backs_off{};
};

using play_job = std::function<loop::awaitable<result<run_report>>(job const&)>;

// Calls `on_report` after each run, in the order in which they end. After an interruption no new
// run begins, and those that live end with their evidence kept. The error is the first that kept a
// run from being begun at all.
loop::awaitable<result<void>> play_all(play_job play, loop::interruption const& stop,
                                       std::vector<job> jobs, slot_terms terms,
                                       std::function<void(run_report const&)> on_report);

}  // namespace wedgehog::farm
