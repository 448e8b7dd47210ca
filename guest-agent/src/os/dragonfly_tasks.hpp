// The tasks of a DragonFly guest as its kernel lists them (sysctl kern.proc), programs' threads
// and those of the kernel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "os/listed_tasks.hpp"

namespace wedgehog::guest::os {

// The value of a sysctl that has no fixed size; empty when it cannot be had.
[[nodiscard]] std::vector<char> sysctl_bytes(std::vector<int> const& name);
[[nodiscard]] std::vector<char> sysctl_bytes(char const* name);

// At most listed_tasks_limit of them.
[[nodiscard]] std::vector<listed_task> all_tasks();

}  // namespace wedgehog::guest::os
