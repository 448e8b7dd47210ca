// Frees a QEMU that does not answer because its main loop waits for a disk request: a command that
// drains (stop, system_reset, a controller's reset) while requests are held makes it deaf until
// they are answered. The connection of the disks that are stuck is cut out of band (yank, which
// QEMU obeys even then); the guest gets I/O errors from then on, and the timeline says whose doing
// that was.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "loop/clock.hpp"
#include "qmp/client.hpp"
#include "timeline/signal.hpp"

namespace wedgehog::faults {

class monitor_guard {
 public:
  struct surroundings {
    loop::clock& time;
    qmp::client& monitor;  // whose silence is watched
    qmp::client& second;   // through which it is freed
    // Names of the disks whose requests nobody answers; none: whatever it waits for, it is not
    // that.
    std::function<std::vector<std::string>()> stuck_disks;
    std::function<void(timeline::payload)> record;
  };

  // `patience`: longer than any healthy command of the first monitor takes.
  monitor_guard(surroundings around, loop::duration patience)
      : around_(std::move(around)), patience_(patience) {}

  // Until cancelled.
  loop::awaitable<void> run();

 private:
  loop::awaitable<void> free(std::vector<std::string> disks, loop::duration silent);

  surroundings around_;
  loop::duration patience_;
};

}  // namespace wedgehog::faults
