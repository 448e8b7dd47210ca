// What the host's kernel says about QEMU: process state and the CPU time of each vCPU thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace wedgehog::collectors {

struct thread_stat {
  char state = '?';  // R S D T Z
  double cpu_s = 0;  // user + system
};

// proc(5), /proc/PID/stat: the name in parentheses may itself hold parentheses and blanks. Pure.
[[nodiscard]] std::optional<thread_stat> parse_stat(std::string_view text, double ticks_per_second);

// Nothing when the thread is gone.
[[nodiscard]] std::optional<thread_stat> read_stat(pid_t process, pid_t thread);

// PSI "some avg10" of /proc/pressure/cpu as a share of 1; nothing where the kernel has no PSI.
[[nodiscard]] std::optional<double> host_cpu_pressure();
[[nodiscard]] double host_load();

}  // namespace wedgehog::collectors
