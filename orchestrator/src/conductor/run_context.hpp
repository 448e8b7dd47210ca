// What the parts of one run share while the machine lives: handed to every step. Owned by the
// performance.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "collectors/output_lines.hpp"
#include "conductor/lives.hpp"
#include "conductor/pattern_watch.hpp"
#include "conductor/recorder.hpp"
#include "conductor/run_faults.hpp"
#include "conductor/workload_book.hpp"
#include "loop/clock.hpp"
#include "loop/watched_clock.hpp"
#include "plan/plan.hpp"

namespace wedgehog::conductor {

struct run_context {
  loop::clock& time;
  loop::watched_clock& watched;  // what waits for a guest waits in this
  plan::plan const& plan;
  recorder& record;
  conductor::lives& lives;
  run_faults& broken;
  faults::disk_set& disks;
  pattern_watch& console;
  workload_book& workloads;
  std::string folder{};                           // of the run, on the host
  std::map<std::string, std::string> captures{};  // output kept by name
  collectors::output_room output_room{};          // of what scripts of steps write
  int power_cuts = 0;
  int boots = 0;  // lives that became ready

  // Only while steps are performed.
  [[nodiscard]] faults::injector& faults() const { return broken.injector(); }
  [[nodiscard]] faults::schedule& schedule() const { return broken.schedule(); }
  // Of the life that goes on now: asked for anew after everything that may end it.
  [[nodiscard]] vm::machine& machine() const { return lives.machine(); }
  [[nodiscard]] agent::link& agent() const { return lives.agent(); }
};

}  // namespace wedgehog::conductor
