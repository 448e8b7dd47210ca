// What a daemon has and lacks for machines of ours, each lack with its remedy.
#pragma once

#include <string>
#include <vector>

#include "vm/libvirt/backend.hpp"

namespace wedgehog::vm::libvirt {

enum class daemon_health { good, lacking, missing };

struct examined {
  std::string what;
  daemon_health state = daemon_health::good;
  std::string seen;
  std::string remedy{};
};

// Starts nothing. Never fails: what cannot be found out is missing. It may take a minute where the
// daemon tries QEMU anew at each question, which is one of the things that it finds. `disks` are
// looked at where the daemon is far.
loop::awaitable<std::vector<examined>> examine(loop::clock& time, std::string uri,
                                               disk_terms disks);

}  // namespace wedgehog::vm::libvirt
