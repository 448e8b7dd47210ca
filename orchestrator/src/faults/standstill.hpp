// Stops a machine although its disks hold requests. `stop`, `system_reset` and a memory dump wait
// for every request: a held one would make QEMU deaf until it is let go. So the disks first fail
// what they hold. A QEMU that was told to (rerror=stop, werror=stop) keeps such requests, stops the
// machine by itself, and asks again once it goes on: the guest sees nothing of it.
#pragma once

#include <cstdint>
#include <string_view>

#include "faults/disk_set.hpp"
#include "qmp/client.hpp"

namespace wedgehog::faults {

// Nothing is detained on any disk when it succeeds, and what is in flight ends soon; the machine
// has stopped if anything was. go_on() is then to follow, unless the machine ends or begins anew.
// After a failure all is as it was. `command` is for the message: what shall be done. How many
// requests QEMU keeps. Blame: recipe when a disk holds what QEMU would hand to the guest as an
// error; host.
loop::awaitable<result<std::uint64_t>> quiet_disks(disk_set& disks, qmp::client& monitor,
                                                   loop::clock& time, std::string_view command);
// The same, and the processors rest in any case.
loop::awaitable<result<std::uint64_t>> stand_still(disk_set& disks, qmp::client& monitor,
                                                   loop::clock& time, std::string_view command);

// The last one who stood still lets the machine go on; the disks wait again for what was kept.
loop::awaitable<result<void>> go_on(disk_set& disks, qmp::client& monitor);

// False only when QEMU says so.
loop::awaitable<bool> runs(qmp::client& monitor);

}  // namespace wedgehog::faults
