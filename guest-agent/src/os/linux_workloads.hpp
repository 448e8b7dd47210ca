// What Linux tells of a workload: the tasks of its process tree, what their control group does to
// them, and how the devices below are that are made of others.
#pragma once

#include <vector>

#include "os/linux_tasks.hpp"
#include "os/os.hpp"

namespace wedgehog::guest::os {

// `all`: every task that is no kernel thread.
wire::workload_tasks tasks_of(workload_root const& root, std::vector<task> const& all);
std::vector<wire::device_state> stacked_devices();

}  // namespace wedgehog::guest::os
