// The tasks of a guest as a list that its port has filled, and what an observation, a report of
// tasks and the watch over workloads make of such a list: the same for every system whose kernel
// hands out all tasks at once.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "os/os.hpp"

namespace wedgehog::guest::os {

struct listed_task {
  std::uint32_t process = 0;  // 0: a thread of the kernel that has no process
  std::uint32_t id = 0;       // of the thread, where the system has such a number
  std::uint32_t parent = 0;
  std::uint32_t group = 0;
  std::string comm;
  char state = '?';      // as the system's own ps shows it: R, S, D …
  bool kernel = false;   // a thread of the kernel
  bool blocked = false;  // sleeps so that no signal wakes it
  bool idle = false;     // sleeps because it has nothing to do
  std::uint64_t switches = 0;
  std::uint64_t run_us = 0;
  std::uint64_t reaped_us = 0;  // of children that are gone; of a process's first thread only
  std::string wchan;            // what it waits for; "-" when it does not
  std::uint64_t place = 0;      // where in memory it waits; 0: not known
};

// Many a sleep has a timeout, behind which the sleeper looks and sleeps on (DragonFly's HAMMER2 and
// buffer cache: each second, each minute). It has switched, and has not moved: as long as somebody
// is blocked at one place and works next to nothing, his count of switches stands still here.
class same_sleeps {
 public:
  // To be called for each list of all tasks; `now_ms` of a clock that only goes forward.
  void settle(std::vector<listed_task>& all, std::uint64_t now_ms);

 private:
  struct sleep {
    std::string wchan;
    std::uint64_t place = 0;
    std::uint64_t switches = 0;  // when it was first seen there
    std::uint64_t run_us = 0;
    std::uint64_t since_ms = 0;
  };
  using whose = std::pair<std::uint32_t, std::uint32_t>;  // process, thread
  std::map<whose, sleep> sleeps_;
};

// Where the system hands out no more than so many, or nobody wants to look at more.
inline constexpr std::size_t listed_tasks_limit = 4000;

// Fills tasks, blocked, blocked_tasks and workloads. `running` is left alone: not every system
// shows which tasks run.
void tell_of(std::vector<listed_task> const& all, wire::observation& seen,
             std::vector<group_state>& groups, std::vector<workload_root> const& workloads);

// "D flstik"; empty when there is no such process.
[[nodiscard]] std::string described(std::vector<listed_task> const& all, std::uint32_t process);

// "PID TID PPID STATE KERNEL SWITCHES RUN_US WCHAN COMM" and a row each, the blocked first.
// The name stands last: it may hold blanks.
[[nodiscard]] std::string table_of(std::vector<listed_task> const& all);

}  // namespace wedgehog::guest::os
