// The port to a machine that runs: everything that the rest of the orchestrator asks of it, and
// what it can do as data. What happens inside the guest is nobody's business here.
//
// How to add a backend: a folder below vm/ (or a library of its own, when it needs more than vm may
// include) with a class derived from `machine` and one derived from `backend` (vm/backend.hpp), and
// one line in vm/backends.cpp. Whatever it cannot do is left out of its abilities: then nobody
// calls it, because whoever needs it says so in its catalogue, and a plan is refused before it
// begins.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "loop/clock.hpp"
#include "loop/descriptor.hpp"
#include "loop/process.hpp"
#include "qmp/client.hpp"
#include "vm/abilities.hpp"
#include "vm/host_process.hpp"
#include "vm/machine_spec.hpp"
#include "vm/monitor_names.hpp"
#include "vm/serial_console.hpp"

namespace wedgehog::vm {

// How a machine came to its end.
struct ending {
  loop::exit_status status;
  bool by_us = false;        // kill() or stop() did it
  bool known = true;         // whether the status is: not of a QEMU that is somebody else's child
  std::string host_fault{};  // what took it from us, where it was not the guest; empty: nothing did
};

// Where the bytes of guest memory are.
struct memory_place {
  std::string file;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;  // 0: to the end of the file
};

class machine {
 public:
  // Nothing of it is left afterwards, also without stop().
  virtual ~machine() = default;

  [[nodiscard]] virtual machine_spec const& spec() const = 0;
  [[nodiscard]] virtual abilities const& can() const = 0;
  // What its parts are called at the monitor.
  [[nodiscard]] virtual monitor_names const& names() const = 0;

  // Answers late or not at all while QEMU's main loop is stuck.
  [[nodiscard]] virtual qmp::client& monitor() = 0;
  // For out-of-band commands, which are answered even then. Only with
  // ability::out_of_band_monitor.
  [[nodiscard]] virtual qmp::client& second_monitor() = 0;
  [[nodiscard]] virtual serial_console& console() = 0;
  // A connected stream socket to the agent's port; tries for so long. The line loses and adds bytes
  // (agent/link.hpp), and a guest that is not there yet is no error. Blame: host.
  virtual loop::awaitable<result<loop::descriptor>> open_agent_line(loop::duration limit) = 0;
  // Null without ability::host_process.
  [[nodiscard]] virtual host_process* process() = 0;

  // Looks without waiting; what it said stays.
  virtual std::optional<ending> ended() = 0;
  // Until it is no more. May be awaited by one coroutine at a time.
  virtual loop::awaitable<ending> wait() = 0;
  // At once, in whatever state it is; wait() sees the end. Only with ability::kill.
  virtual void kill() = 0;
  // Kindly, and by force when it has not gone within `patience`. Safe to call again.
  virtual loop::awaitable<void> stop(loop::duration patience) = 0;

  // What can be read of it while the machine stands still. Only with ability::memory_file. Blame:
  // host.
  [[nodiscard]] virtual result<memory_place> memory_file() const = 0;
  // An ELF core into an open file; pauses the guest meanwhile, and waits for its disks. Only with
  // ability::memory_dump. Blame: host.
  virtual loop::awaitable<result<void>> dump_memory(int into, loop::duration limit) = 0;

  // The last lines of what QEMU complained about.
  [[nodiscard]] virtual std::string last_words() const = 0;
};

}  // namespace wedgehog::vm
