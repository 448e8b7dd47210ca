// What can be taken of a machine from outside the guest, in the order in which it must be taken:
// what changes by looking, last.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "loop/clock.hpp"
#include "vm/machine.hpp"
#include "wreckage/bundle.hpp"

namespace wedgehog::wreckage {

// QEMU's answers about itself, its disks and their virtqueues, and every vCPU's registers. Does not
// disturb the guest.
loop::awaitable<void> take_monitor_answers(bundle& into, loop::clock& time, vm::machine& machine);

// Guest memory as an ELF core (readable by crash and gdb) where QEMU can be asked: it pauses the
// guest while it dumps. A QEMU that does not answer, or that would wait for a disk request in
// flight, is stopped by signal and its memory file copied; the registers then come from
// take_monitor_answers. `requests_in_flight`: of the last sample.
loop::awaitable<void> take_memory(bundle& into, loop::clock& time, vm::machine& machine,
                                  loop::asio::any_io_executor pool, bool requests_in_flight,
                                  loop::duration limit);

}  // namespace wedgehog::wreckage
