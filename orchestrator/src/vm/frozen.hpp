// Freezing a machine that was booted, and beginning others as copies of it. Guest memory is a file
// that is mapped by all of them and written to by none; everything else is a few hundred kilobytes
// of QEMU's own migration stream.
#pragma once

#include <sys/types.h>

#include "loop/clock.hpp"
#include "qmp/client.hpp"
#include "vm/machine.hpp"
#include "vm/machine_spec.hpp"

namespace wedgehog::vm {

// Stops a machine whose memory is a shared file, and writes what else there is of it into an open
// file. It stays as it is: it must not run on, for its memory would. Blame: host.
loop::awaitable<result<void>> freeze(qmp::client& monitor, loop::clock& time, int into,
                                     loop::duration limit);

// Makes a QEMU that waits for it what was frozen, and lets it run. Blame: host.
loop::awaitable<result<void>> thaw(qmp::client& monitor, loop::clock& time,
                                   frozen_machine const& from, loop::duration limit);

// Where the memory of a copy is: its own pages are nowhere but in its process. Blame: host.
result<memory_place> memory_of_copy(pid_t process, frozen_machine const& from, std::uint64_t bytes);

}  // namespace wedgehog::vm
