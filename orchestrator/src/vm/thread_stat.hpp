// What the host's kernel says about one thread: its state and the CPU time it had.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string_view>

namespace wedgehog::vm {

struct thread_stat {
  char state = '?';  // R S D T Z
  double cpu_s = 0;  // user + system
  // Since it began: could run, and waited for a CPU. Nothing where the host's kernel does not
  // count.
  std::optional<double> waited_s{};
};

// proc(5), /proc/PID/stat: the name in parentheses may itself hold parentheses and blanks. Pure.
[[nodiscard]] std::optional<thread_stat> parse_stat(std::string_view text, double ticks_per_second);

// Linux, Documentation/scheduler/sched-stats.rst, /proc/PID/schedstat: nanoseconds on a CPU,
// nanoseconds waited for one, timeslices. The seconds waited. Pure.
[[nodiscard]] std::optional<double> parse_waited(std::string_view text);

// Nothing when the thread is gone.
[[nodiscard]] std::optional<thread_stat> read_stat(pid_t process, pid_t thread);

}  // namespace wedgehog::vm
