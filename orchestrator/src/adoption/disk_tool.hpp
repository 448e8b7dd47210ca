// qemu-img, for one answer: what a disk is, a copy of it, an overlay's changes put into its base.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "loop/clock.hpp"

namespace wedgehog::adoption {

// What it printed. Cancelled, it is killed. Blame: host, quoting its words when it failed and
// saying where to get it when it is missing.
loop::awaitable<result<std::string>> disk_tool(std::vector<std::string> arguments);

}  // namespace wedgehog::adoption
