// Every milestone that a run can reach, in one list: written by whoever reaches it, read by the
// judge. In a timeline each stands as its word; a word that nobody knows any more is kept and
// ignored. To add one: an enumerator here, described below, and its word in the test that pins them
// all.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "timeline/signal.hpp"

namespace wedgehog::timeline {

enum class reached {
  guest_os,         // detail: the guest's system, whose console tables are asked
  machine_started,  // a life begins; detail: the accelerator
  guest_ready,      // the agent has spoken; detail: system and release
  canary_began,     // detail: its directory
  workload_began,   // detail: its name, and whether it may end
  output,           // of older timelines: a line that a script wrote (a signal of its own today)
  progress,         // a round of a loop is done
  steps_done,
  step_failed,       // detail: which and why
  console_harmless,  // detail: a line that the recipe's rules call so
  console_warning,
  reset_expected,  // whatever ends this life was asked for
  machine_stopping,
  qemu_ended,
  collected,      // detail: what, how much, where
  fault_due,      // of a schedule
  monitor_stuck,  // QEMU's monitor waits for a disk that holds requests
  monitor_freed,
  by_hand,          // somebody injected or healed
  control_missing,  // nobody can
  recovery_began,
  faults_healed,
  recovery_ended,
  faults_left,
  fault_missed,       // it hit nothing, as it may
  fault_never_fired,  // it hit nothing, and should have
  host_trouble,
  host_disk_full,
  stop_asked,      // a person wants the run to end
  run_ended,       // the last moment that is judged
  evidence_began,  // detail: the verdict's word; what follows was done to the guest by us
  agent_complaint,
  agent_incompatible,
  agent_restarted,
};

BOOST_DESCRIBE_ENUM(reached, guest_os, machine_started, guest_ready, canary_began, workload_began,
                    output, progress, steps_done, step_failed, console_harmless, console_warning,
                    reset_expected, machine_stopping, qemu_ended, collected, fault_due,
                    monitor_stuck, monitor_freed, by_hand, control_missing, recovery_began,
                    faults_healed, recovery_ended, faults_left, fault_missed, fault_never_fired,
                    host_trouble, host_disk_full, stop_asked, run_ended, evidence_began,
                    agent_complaint, agent_incompatible, agent_restarted)

[[nodiscard]] constexpr std::string_view word_of(reached what) {
  return name_of(what);
}
[[nodiscard]] std::vector<reached> const& all_milestones();
// Nothing for a word of another version.
[[nodiscard]] std::optional<reached> milestone_of(milestone const& one);

[[nodiscard]] milestone mark(reached what, std::string detail = {});
[[nodiscard]] inline bool is(milestone const& one, reached what) {
  return one.name == word_of(what);
}

}  // namespace wedgehog::timeline
