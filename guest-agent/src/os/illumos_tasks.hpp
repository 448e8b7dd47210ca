// The tasks of an illumos guest as /proc shows them: two small binary files for each process.
#pragma once

#include <string>
#include <vector>

#include "os/listed_tasks.hpp"

namespace wedgehog::guest::os {

// At most listed_tasks_limit of them. Threads of the kernel that belong to no process are in
// nobody's /proc: `mdb -k` has them.
[[nodiscard]] std::vector<listed_task> all_tasks();

}  // namespace wedgehog::guest::os
