// The timeline as the detectors see it: every signal folded in as it comes, in O(1) and bounded
// memory.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "timeline/signal.hpp"
#include "verdict/thresholds.hpp"
#include "verdict/view/console_view.hpp"
#include "verdict/view/fault_view.hpp"
#include "verdict/view/guest_clock.hpp"
#include "verdict/view/kernel_view.hpp"
#include "verdict/view/life_view.hpp"
#include "verdict/view/machine_view.hpp"
#include "verdict/view/own_view.hpp"
#include "verdict/view/processor_view.hpp"
#include "verdict/view/storage_view.hpp"
#include "verdict/view/workload_view.hpp"

namespace wedgehog::verdict {

struct view {
  explicit view(budgets const& granted);

  void observe(timeline::signal const& one);
  // What the detectors read as now.
  void look(microseconds at);

  // Spans in seconds of guest time, scaled.
  double budget_s;
  double quiet_s;    // silent for this long is silent
  double recent_s;   // progress within this is recent
  double settled_s;  // lasting for this long has lasted
  bool reset_expected;

  double now_s = 0;       // guest time
  double now_host_s = 0;  // host time

  machine_view machine;
  life_view life;
  workload_view workloads;
  storage_view storage;
  processor_view processors;
  kernel_view kernel;
  console_view console;
  own_view tasks;
  fault_view faults;

  struct open_step {
    std::string what;
    double began_s = 0;
    double progress_s = 0;
  };
  std::map<std::string, open_step> steps;

  // How long the most stuck workload has made no progress; 0 without a running workload.
  [[nodiscard]] double stalled_s() const;
  // How much of its budget that has used: less when what had held it was healed meanwhile, for then
  // its budget begins anew.
  [[nodiscard]] double used_s() const;
  // So long nothing was seen that counts as progress: of the most stuck workload, of which a fault
  // that ended meanwhile explains its part; without one, of the canary and the steps.
  [[nodiscard]] double still_s() const;
  // When the fault ended that held the most stuck workload; long ago without one.
  [[nodiscard]] double let_go_s() const;
  // Tasks blocked for so long without running, and since they were let go.
  [[nodiscard]] std::vector<kernel_view::stuck_task> stuck(double least_s) const;
  // What an observer tells of the tasks of the most stuck workload; null when none does.
  [[nodiscard]] own_view::one const* own() const;
  // On its way to storage or waiting for a thaw, and not the most stuck workload's, of which no
  // task stands blocked: whatever it waits for, the workload does not. Nobody is, where no observer
  // tells whose tasks are which.
  [[nodiscard]] bool is_bystander(kernel_view::stuck_task const& one) const;
  // Its tasks want to run and do not get a processor: others have it.
  [[nodiscard]] bool is_starved() const;
  // It has reported of late: its counter standing still is knowledge, not silence.
  [[nodiscard]] bool reports_come() const;
  // The kernel complained of a CPU that does not schedule, of late or ever since a vCPU has been
  // without rest.
  [[nodiscard]] bool stall_said(console_view::said const& line) const;
  // Its kernel reclaims memory, and either tasks wait for it, or what was reclaimed is needed again
  // and most requests bring it back.
  [[nodiscard]] bool lacks_memory() const;
  double lacked_memory_s = -1e300;  // when it last did, looking every now and then
  // When something else than user space was last seen to hold the most stuck workload: a task that
  // stood blocked, a stop, a freeze, a limit, want of memory or of I/O. One look without proves
  // nothing, and whoever was let go needs his time to move.
  double held_otherwise_s = -1e300;
  // Without a workload's counter: neither a step's output nor a canary shows progress.
  [[nodiscard]] bool steps_silent() const;
  // A canary on the file system under test completed often enough since then: storage works.
  [[nodiscard]] double canaries_since_progress() const;
  // The vCPUs want to run and the host does not let them. A guest that says itself that it mostly
  // rests wants nothing: on a host that is busy with others its vCPUs are seen awake because they
  // wait for their turn to go back to sleep.
  [[nodiscard]] bool starved(double at_host_s) const;

 private:
  guest_clock clock_;

  void observe_milestone(stamp when, timeline::milestone const& what);
  void observe_step(stamp when, timeline::step const& what);
  void forget_guest();
  [[nodiscard]] bool held_otherwise() const;
};

}  // namespace wedgehog::verdict
