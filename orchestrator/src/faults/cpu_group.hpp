// A group of processes that the host's kernel lets run for so much and no more (cgroups(7)), by
// either version of the interface. Seen: the first on Linux 6.18; the second on 6.1, in the root
// group and beside a group whose parent divides.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/units.hpp"

namespace wedgehog::faults {

// Where a process stands among the groups that divide processors.
struct group_place {
  int version = 2;     // of the interface
  std::string mount;   // "/sys/fs/cgroup/cpu"
  std::string folder;  // the process's own group, `mount` or below
  bool operator==(group_place const&) const = default;
};

// From /proc/PID/cgroup and /proc/PID/mountinfo. Nothing when no hierarchy divides processors, or
// none is mounted. Pure.
[[nodiscard]] std::optional<group_place> place_in_groups(std::string_view memberships,
                                                         std::string_view mounts);
// The folder of the group to make, and whether its parent must first be told to divide processors.
// The kernel wants a group of version 2 beside that of the process: one with processes in it cannot
// divide, unless it is the root. Pure.
struct group_plan {
  std::string folder;
  bool parent_divides = true;
  bool operator==(group_plan const&) const = default;
};
[[nodiscard]] group_plan plan_group(group_place const& place, std::string_view name);

class cpu_group {
 public:
  // A new group for `process`, with all its threads: in every `period` (1 ms to 1 s) it runs for
  // `processors` (0.01 and more, times period at least 1 ms) periods of one processor at most.
  // Blame: host, with the remedy, where the host lets nobody make such a group.
  static result<cpu_group> targets(pid_t process, double processors, microseconds period);

  cpu_group(cpu_group&& other) noexcept;
  cpu_group& operator=(cpu_group&&) = delete;
  // As dissolve().
  ~cpu_group();

  // Periods at whose end the process wanted to run and was not let.
  [[nodiscard]] std::uint64_t throttled() const;
  // The process goes back to where it came from, if it still lives, and the group is removed. A
  // group that its process outlived is removed by the next one that is made.
  result<void> dissolve();

 private:
  cpu_group(pid_t process, group_place from, group_plan made);

  pid_t process_;
  group_place from_;
  group_plan made_;
  bool stands_ = true;
};

// Why this host makes no such groups; empty when it does.
[[nodiscard]] std::string why_no_quota();

}  // namespace wedgehog::faults
