// Who owns a run: the orchestrator's process, named so that it can never be mistaken for a later
// one with the same pid. A run whose owner is gone was interrupted.
#pragma once

#include <cstdint>
#include <string>

#include "base/described.hpp"

namespace wedgehog::folder {

struct owner {
  std::string host;                 // node name
  std::string boot;                 // /proc/sys/kernel/random/boot_id
  std::uint64_t pid_namespace = 0;  // inode: pids of another container say nothing here
  std::int64_t pid = 0;
  std::uint64_t began = 0;  // field 22 of /proc/PID/stat: ticks since boot
  bool operator==(owner const&) const = default;
};
BOOST_DESCRIBE_STRUCT(owner, (), (host, boot, pid_namespace, pid, began))

[[nodiscard]] owner this_process();

// `unknown`: on another host, or in another pid namespace of this one.
enum class presence { alive, gone, unknown };
[[nodiscard]] presence look_for(owner const& whose);

}  // namespace wedgehog::folder
