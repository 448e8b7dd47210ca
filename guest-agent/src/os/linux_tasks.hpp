// The tasks of a Linux guest as /proc shows them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace wedgehog::guest::os {

struct task {
  std::uint32_t process = 0;
  std::uint32_t id = 0;
  std::uint32_t parent = 0;
  std::uint32_t group = 0;
  std::uint32_t threads = 0;
  std::string comm;
  char state = '?';
  bool kernel = false;
  std::uint64_t cpu_ticks = 0;  // 1/100 s; the first thread's with its children that are gone
  std::string directory;        // "/proc/12/task/13"
};

// Calls visit(task) for every thread until it returns false. Opens one file per process, and more
// only for those with several threads.
void for_each_task(std::function<bool(task const&)> const& visit);

// Function names, innermost first, at most `limit`.
std::vector<std::string> kernel_stack(std::string const& task_directory, std::size_t limit);
// Voluntary and involuntary context switches.
std::uint64_t count_switches(std::string const& task_directory);
std::uint64_t run_time_us(std::string const& task_directory);
std::string wait_channel(std::string const& task_directory);

}  // namespace wedgehog::guest::os
