// What an observation tells of single tasks, of the tasks of workloads, and of devices that are
// made of others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "wire/fields.hpp"

namespace wedgehog::wire {

using name_text = short_text<47>;

inline constexpr std::size_t blocked_tasks_limit = 16;
inline constexpr std::size_t stack_limit = 8;

struct blocked_task {
  std::uint32_t pid = 0;  // of the thread
  std::string comm;
  bool kernel = false;
  std::uint64_t switches = 0;  // voluntary and involuntary
  std::uint64_t run_us = 0;
  std::string wchan;
  std::vector<std::string> stack;  // function names, innermost first
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.pid);
    visit(2, self.comm);
    visit(3, self.kernel);
    visit(4, self.switches);
    visit(5, self.run_us);
    visit(6, self.wchan);
    visit(7, self.stack);
  }
};

// A task of a workload that does not run.
struct waiting_task {
  std::uint32_t pid = 0;  // of the thread
  std::string comm;
  std::string state;  // "S", "D", "T" …
  std::uint64_t switches = 0;
  std::string wchan;
  std::vector<std::string> stack;  // function names, innermost first
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.pid);
    visit(2, self.comm);
    visit(3, self.state);
    visit(4, self.switches);
    visit(5, self.wchan);
    visit(6, self.stack);
  }
};

inline constexpr std::size_t waiting_tasks_limit = 8;
inline constexpr std::size_t listed_pids_limit = 64;

// The tasks of a workload and what their control group does to them.
struct workload_tasks {
  name_text name;
  std::uint32_t running = 0;
  std::uint32_t sleeping = 0;
  std::uint32_t blocked = 0;
  std::uint32_t stopped = 0;
  std::uint64_t cpu_ticks = 0;        // 1/100 s, of all that live and of all that they waited for
  std::uint64_t switches = 0;         // of those alive
  std::vector<std::uint32_t> pids;    // at most listed_pids_limit
  std::vector<waiting_task> waiting;  // at most waiting_tasks_limit; only once it makes no progress
  std::string group;
  bool frozen = false;
  std::uint64_t cpu_limit = 0;  // 1/10000 of a processor, of it and of the groups above; 0: none
  std::uint64_t throttled_us = 0;
  bool has_pressure = false;
  std::uint64_t cpu_some_us = 0;
  std::uint64_t io_some_us = 0;
  std::uint64_t io_full_us = 0;
  std::uint64_t memory_some_us = 0;
  std::uint64_t memory_full_us = 0;
  std::uint64_t memory_high = 0;  // events, of it and of the groups above
  std::uint64_t memory_max = 0;
  std::uint64_t memory_kills = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.name);
    visit(2, self.running);
    visit(3, self.sleeping);
    visit(4, self.blocked);
    visit(5, self.stopped);
    visit(6, self.cpu_ticks);
    visit(7, self.switches);
    visit(8, self.pids);
    visit(9, self.waiting);
    visit(10, self.group);
    visit(11, self.frozen);
    visit(12, self.cpu_limit);
    visit(13, self.throttled_us);
    visit(14, self.has_pressure);
    visit(15, self.cpu_some_us);
    visit(16, self.io_some_us);
    visit(17, self.io_full_us);
    visit(18, self.memory_some_us);
    visit(19, self.memory_full_us);
    visit(20, self.memory_high);
    visit(21, self.memory_max);
    visit(22, self.memory_kills);
  }
};

// A block device made of others, or what one of its targets says of itself.
struct device_state {
  std::string name;   // "dm-0", "dm-0 thin-pool"
  std::string state;  // "lin suspended", "0 10/1024 512/512 - out_of_data_space …"
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.name);
    visit(2, self.state);
  }
};

}  // namespace wedgehog::wire
