// The lives of one run's machine: its disks are made once and served throughout, and on them the
// machine is turned on, again and again where the plan cuts its power, until the run is over.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "conductor/life.hpp"
#include "conductor/perform.hpp"
#include "faults/disk_set.hpp"
#include "vm/runtime_directory.hpp"

namespace wedgehog::conductor {

// Where a run wants to hear of its machine.
struct lives_listeners {
  collectors::sink record;
  vm::line_cutter::sink console_line;
  std::function<void(std::string)> host_trouble;
};

class lives {
 public:
  // `env` and `what` must outlive it; `folder` is the run's.
  lives(environment& env, plan::plan const& what, std::string folder,
        loop::asio::any_io_executor const& executor, lives_listeners listeners);

  // Makes the disks and turns the machine on. Blame: host.
  loop::awaitable<result<void>> begin();
  // Waits until the agent in the guest has spoken. Blame: guest when it does not within `limit`.
  loop::awaitable<result<wire::hello>> boot(loop::duration limit);
  // Turns the machine off for good, kindly where it can. Throws what a collector threw.
  loop::awaitable<void> end();

  // Null before begin(), after end(), and when the machine could not be started.
  [[nodiscard]] life* now() { return now_.get(); }
  // Only while there is a life, and for agent() after boot() was called.
  [[nodiscard]] vm::machine& machine() { return now_->machine(); }
  [[nodiscard]] agent::link& agent() { return *now_->agent(); }
  // The agent has spoken in this life.
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] faults::disk_set& disks() { return disks_; }
  [[nodiscard]] std::string const& command_line() const { return command_line_; }

 private:
  result<void> make_disks();
  result<void> serve_disks();
  void note_disk(std::string const& disk, nbd::disk_event const& event);
  loop::awaitable<result<void>> turn_on();

  environment& env_;
  plan::plan const& plan_;
  std::string folder_;
  lives_listeners listeners_;
  std::optional<vm::runtime_directory> runtime_;
  faults::disk_set disks_;  // outlives every QEMU
  life_surroundings around_;
  vm::machine_spec spec_;
  std::string command_line_;
  std::unique_ptr<life> now_;
  loop::time_point turned_on_{};
  bool ready_ = false;
};

}  // namespace wedgehog::conductor
