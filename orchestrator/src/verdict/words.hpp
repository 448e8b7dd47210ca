// The words of a verdict: states, kinds, flags, and what is said of a whole run. One word per
// thing, the same in code, tables, command line and web page.
#pragma once

#include <string_view>

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
enum class flag_word { oops, cpu_stuck };

// What is said of a run when it is over. `invalid`: the host spoiled it, or a fault never fired.
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
  host_stopped,
  paused,
  host_starved,
  invalid,
};

// Whether the guest recovered when the faults ended; none: not asked, or it could not be told.
enum class recovery_word { none, recovered, recovered_late, never_recovered };

// The spelling of the documents: "locked-up", "held-io"; kind_word::none is "".
[[nodiscard]] std::string_view name_of(state_word word);
[[nodiscard]] std::string_view name_of(kind_word word);
[[nodiscard]] std::string_view name_of(flag_word word);
[[nodiscard]] std::string_view name_of(run_word word);
[[nodiscard]] std::string_view name_of(recovery_word word);  // "recovered-late"; none is ""

// False, and `out` untouched, when there is no such word.
[[nodiscard]] bool parse_name(std::string_view name, state_word& out);
[[nodiscard]] bool parse_name(std::string_view name, kind_word& out);
[[nodiscard]] bool parse_name(std::string_view name, flag_word& out);
[[nodiscard]] bool parse_name(std::string_view name, run_word& out);

}  // namespace wedgehog::verdict
