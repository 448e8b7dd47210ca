// The lives of one run's machine: its disks are made once and served throughout, and on them the
// machine is turned on, again and again where the plan cuts its power, until the run is over.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "conductor/life.hpp"
#include "conductor/stage.hpp"
#include "faults/disk_set.hpp"
#include "vm/runtime_directory.hpp"

namespace wedgehog::conductor {

// Where a run wants to hear of its machine.
struct lives_listeners {
  collectors::sink record;
  vm::line_cutter::sink console_line;
  std::function<void(std::string)> host_trouble;
  std::function<void(std::string)> host_full;  // a disk has no room on the host
};

class lives {
 public:
  // `on` and `what` must outlive it; `folder` is the run's.
  lives(stage& on, plan::plan const& what, std::string folder,
        loop::asio::any_io_executor const& executor, lives_listeners listeners);

  // Makes the disks and turns the machine on, as a copy of `as` where that is given and works:
  // where it does not, it boots, and the timeline says why. Blame: host.
  loop::awaitable<result<void>> begin(std::optional<vm::frozen_machine> as = {});
  // Waits until the agent in the guest has spoken, and lets it do what the kernel was not told at
  // boot. Blame: guest when it does not within `limit`, or cannot.
  loop::awaitable<result<wire::hello>> boot(loop::duration limit);
  // Kills QEMU at once, takes from the disks what they lose then, and turns the machine on again;
  // boot() comes next. `nth` cut of the run, from 1: part of what is drawn. Blame: host. Throws as
  // end() does.
  loop::awaitable<result<void>> cut_power(plan::power_cut const& what, int nth);
  // The guest was reset: boot() waits for the agent of the next one.
  void was_reset() { ready_ = false; }
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
  [[nodiscard]] loop::asio::any_io_executor const& executor() const { return context_.executor; }
  [[nodiscard]] guest::profile const& guest() const { return on_.image.guest; }
  [[nodiscard]] loop::asio::any_io_executor const& pool() const { return on_.pool; }
  // Where the machine's sockets live. Only after begin().
  [[nodiscard]] std::string const& runtime_folder() const { return runtime_->path(); }
  [[nodiscard]] std::string const& command_line() const { return command_line_; }
  // Why no copy was begun with though there was one; empty: none was given, or it is in use.
  [[nodiscard]] std::string const& why_no_copy() const { return why_no_copy_; }

 private:
  loop::awaitable<result<void>> apply_settings();
  result<void> make_disks();
  result<void> serve_disks();
  void note_disk(std::string const& disk, nbd::disk_event const& event);
  loop::awaitable<result<void>> turn_on();
  // A copy is of no use: the machine is turned on without.
  loop::awaitable<result<void>> boot_instead(std::string why);
  loop::awaitable<result<wire::hello>> greet_copy();
  loop::awaitable<result<void>> make_it_another(loop::duration limit);
  loop::awaitable<result<void>> turn_on_without_copy();
  [[nodiscard]] std::uint64_t booted_memory() const;
  loop::awaitable<void> take_down();

  stage& on_;
  plan::plan const& plan_;
  std::string folder_;
  lives_listeners listeners_;
  std::optional<vm::runtime_directory> runtime_;
  faults::disk_set disks_;  // outlives every QEMU
  life_context context_;
  vm::machine_spec spec_;
  std::string command_line_;
  std::string why_no_copy_;
  std::unique_ptr<life> now_;
  // Whoever was waiting for QEMU or its agent when they went comes back to them once more: they
  // are kept for the length of another life.
  std::unique_ptr<life> former_;
  loop::time_point began_{};
  bool ready_ = false;
};

}  // namespace wedgehog::conductor
