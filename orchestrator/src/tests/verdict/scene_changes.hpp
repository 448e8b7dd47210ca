// What happens to the guests of many scenes, said once.
#pragma once

#include <algorithm>
#include <string>

#include "tests/verdict/scene.hpp"
#include "verdict/run_verdict.hpp"

namespace wedgehog::verdict {

using task = guest_model::task;

inline void rest(guest_model& guest) {
  for (auto& cpu : guest.cpus) cpu = {.share = 0.01, .halted = true, .awake_every = 0};
  guest.switches = 30;
  guest.user = guest.system = 0.01;
}

inline void stop_working(guest_model& guest) {
  guest.operations = 0;
}

inline void stop_storage(guest_model& guest) {
  for (auto& disk : guest.disks) {
    disk.completes = 0;
    disk.busy_every = 0;
  }
  guest.io_full = 0;
}

// Its writer waits for a lock, and storage does nothing.
inline void wedge(scene& guest) {
  guest.now.operations = 0;
  guest.now.disks[0] = {.completes = 0, .busy_every = 0};
  guest.now.blocked = {{1, "writer", {"mutex_lock"}, 5, 0}};
}

inline run_outcome finished() {
  run_outcome outcome;
  outcome.steps_finished = true;
  return outcome;
}

inline task waiter(std::string name = "writer") {
  return {113, std::move(name), {"fakelog_force_wait", "fwrite", "proc_reg_write"}, 2635, 0};
}

inline bool has(judgement const& one, flag_word flag) {
  return std::find(one.flags.begin(), one.flags.end(), flag) != one.flags.end();
}

inline void silence(guest_model& guest) {
  guest.kernel_beats = guest.workqueue_beats = guest.fifo_beats = guest.ordinary_beats = false;
  guest.canaries = guest.reports = guest.operations = 0;
  guest.observed = false;
  stop_storage(guest);
}

}  // namespace wedgehog::verdict
