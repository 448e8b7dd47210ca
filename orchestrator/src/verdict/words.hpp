// The words of a verdict: states, kinds, flags, and what is said of a whole run. One word per
// thing, the same in code, tables, command line and web page.
#pragma once

#include <string_view>

#include "base/enum_words.hpp"

namespace wedgehog::verdict {

// What a machine is doing at one moment.
enum class state_word {
  ok,
  slow,
  suspect,
  wedged,
  locked_up,
  panicked,
  rebooted,
  exited,
  userland_starved,
  userland_dead,
  workload_failed,
  workload_died,
  workload_stopped,
  frozen,
  host_stopped,
  paused,
  host_starved,
};

// How it is wedged or locked up, as far as that was seen.
enum class kind_word {
  none,
  held_io,
  lost_completion,
  software_wait,
  livelock,
  after_oops,
  user_wait,
  user_spin,
  hard,
  hard_one_cpu,
  soft,
};

// Findings that stand beside any state.
// `file_system`: one was given up or found its data wrong.
enum class flag_word { oops, cpu_stuck, file_system };

// What is said of a run when it is over. `file_system_failed`: nothing else is wrong, and no fault
// of ours explains it. `invalid`: the host spoiled it, or a fault never fired.
enum class run_word {
  passed,
  slow,
  failed,
  unknown,
  wedged,
  locked_up,
  panicked,
  rebooted,
  exited,
  userland_starved,
  userland_dead,
  workload_failed,
  workload_died,
  workload_stopped,
  frozen,
  file_system_failed,
  host_stopped,
  paused,
  host_starved,
  invalid,
};

// Whether the guest recovered when the faults ended; none: not asked, or it could not be told.
enum class recovery_word { none, recovered, recovered_late, never_recovered };

BOOST_DESCRIBE_ENUM(state_word, ok, slow, suspect, wedged, locked_up, panicked, rebooted, exited,
                    userland_starved, userland_dead, workload_failed, workload_died,
                    workload_stopped, frozen, host_stopped, paused, host_starved)
BOOST_DESCRIBE_ENUM(kind_word, none, held_io, lost_completion, software_wait, livelock, after_oops,
                    user_wait, user_spin, hard, hard_one_cpu, soft)
BOOST_DESCRIBE_ENUM(flag_word, oops, cpu_stuck, file_system)
BOOST_DESCRIBE_ENUM(run_word, passed, slow, failed, unknown, wedged, locked_up, panicked, rebooted,
                    exited, userland_starved, userland_dead, workload_failed, workload_died,
                    workload_stopped, frozen, file_system_failed, host_stopped, paused,
                    host_starved, invalid)
BOOST_DESCRIBE_ENUM(recovery_word, none, recovered, recovered_late, never_recovered)
// The spelling of the documents: "locked-up", "held-io".
using wedgehog::name_of;
using wedgehog::parse_name;
// But that of nothing is "".
[[nodiscard]] std::string_view name_of(kind_word word);
[[nodiscard]] std::string_view name_of(recovery_word word);
bool parse_name(std::string_view name, kind_word& out);
bool parse_name(std::string_view name, recovery_word& out);

}  // namespace wedgehog::verdict
