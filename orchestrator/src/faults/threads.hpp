// Whether threads of a process want a processor right now, as the host's kernel says.
#pragma once

#include <sys/types.h>

#include <string_view>
#include <vector>

namespace wedgehog::faults {

// The state in a line of /proc/PID/task/TID/stat: R S D T …; '?' when it is none. Pure.
[[nodiscard]] char state_in(std::string_view line);

// At least one of them runs or waits only for a processor. Threads that are gone do not.
[[nodiscard]] bool any_runs(pid_t process, std::vector<int> const& threads);
// Every one of them is in this state.
[[nodiscard]] bool all_in_state(pid_t process, std::vector<int> const& threads, char state);

}  // namespace wedgehog::faults
