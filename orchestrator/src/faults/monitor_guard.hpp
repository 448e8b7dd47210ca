// Frees a QEMU that does not answer because its main loop waits for a disk request: whatever drains
// (a reset by the guest, by a controller, by somebody at QEMU's monitor) while requests are held
// makes it deaf until they are answered. Where QEMU keeps what fails, the held requests fail, and
// are held again when it has asked again: the guest does not see it. Else the connection of the
// disks that are stuck is cut out of band (yank, which QEMU obeys even then), and the guest gets
// I/O errors from then on. The timeline says whose doing that was.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "faults/disk_set.hpp"
#include "loop/clock.hpp"
#include "qmp/client.hpp"
#include "timeline/signal.hpp"
#include "vm/monitor_names.hpp"

namespace wedgehog::faults {

class monitor_guard {
 public:
  struct guarded_monitors {
    loop::clock& time;
    qmp::client& monitor;  // whose silence is watched
    qmp::client& second;   // through which it is freed
    vm::monitor_names const& names;
    disk_set& disks;
    std::function<void(timeline::payload)> record;
  };

  // `patience`: longer than any healthy command of the first monitor takes.
  monitor_guard(guarded_monitors guarded, loop::duration patience)
      : guarded_(std::move(guarded)), patience_(patience) {}

  // Until cancelled.
  loop::awaitable<void> run();

 private:
  loop::awaitable<void> free(std::vector<std::string> disks, loop::duration silent);
  loop::awaitable<bool> free_unseen();
  loop::awaitable<void> yank(std::vector<std::string> disks);

  guarded_monitors guarded_;
  loop::duration patience_;
};

}  // namespace wedgehog::faults
