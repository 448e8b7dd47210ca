// What device-mapper targets say of themselves: a pool that ran full, paths that failed. Asked by a
// thread of its own, because the answer may be long in coming: a pool's waits for whoever commits
// its metadata, and he may wait for a disk.
#pragma once

#include <vector>

#include "os/os.hpp"

namespace wedgehog::guest::os {

// The last answers, "dm-2 thin-pool": "0 10/1024 512/512 - out_of_data_space …", of the targets
// that say anything; "dm-2 status": "no answer yet" of one that takes longer than a moment. Never
// waits. Text of the targets: Linux, Documentation/admin-guide/device-mapper.
std::vector<wire::device_state> mapper_states();

}  // namespace wedgehog::guest::os
