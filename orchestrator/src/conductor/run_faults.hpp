// The faults of one run, from its first step to its end: those of its steps, of its schedules, and
// those that people inject by hand.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conductor/live_control.hpp"
#include "conductor/lives.hpp"
#include "conductor/recorder.hpp"
#include "conductor/stage.hpp"
#include "faults/injector.hpp"
#include "faults/schedule.hpp"
#include "folder/record.hpp"
#include "loop/nursery.hpp"

namespace wedgehog::conductor {

class run_faults {
 public:
  // All must outlive it. `folder` is the run's.
  run_faults(stage& on, plan::plan const& what, recorder& record, lives& machines,
             std::string folder);

  // The guest is ready, the first step begins now.
  void begin();
  [[nodiscard]] bool begun() const { return injector_.has_value(); }
  // Only once begun.
  [[nodiscard]] faults::injector& injector() { return *injector_; }
  [[nodiscard]] faults::schedule& schedule() { return *schedule_; }

  void take(timeline::signal const& one);
  // Nothing comes any more by schedule; what the steps still come to is skipped, and not missing.
  loop::awaitable<void> cut_short(std::string why);
  // The run is about to be judged: nobody injects any more, and of each fault it is noted what it
  // hit. A guest that has done all its steps is healed; any other keeps its faults until the
  // evidence is taken.
  loop::awaitable<std::vector<folder::fired_fault>> end(bool steps_finished);
  // After the evidence, before the machine is turned off. Takes a few seconds at most.
  loop::awaitable<void> heal_what_is_left();
  loop::awaitable<void> let_go();

 private:
  void listen_to_people();
  void note_what_hit_nothing(faults::tally const& one, bool steps_finished);

  stage& on_;
  plan::plan const& plan_;
  recorder& record_;
  lives& lives_;
  std::string folder_;
  std::optional<faults::injector> injector_;
  std::optional<faults::schedule> schedule_;
  std::unique_ptr<live_control> by_hand_;
  loop::nursery listening_;  // to people
  bool cut_short_ = false;
};

}  // namespace wedgehog::conductor
