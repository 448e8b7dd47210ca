// One life of a machine: from the moment its QEMU is started until it has gone. Owns the QEMU, the
// talk with the agent in it and everybody who watches them. A run has one life after another on the
// same disks (lives.hpp).
#pragma once

#include <memory>
#include <optional>

#include "agent/link.hpp"
#include "collectors/agent_signals.hpp"
#include "collectors/guest_rest.hpp"
#include "collectors/machine_sampler.hpp"
#include "collectors/monitor_events.hpp"
#include "conductor/console_talk.hpp"
#include "faults/monitor_guard.hpp"
#include "loop/nursery.hpp"
#include "vm/backend.hpp"

namespace wedgehog::conductor {

// What a life needs of the run; outlives it.
struct life_context {
  loop::clock& time;
  loop::asio::any_io_executor executor;
  collectors::sink record;
  vm::line_cutter::sink console_line;
  collectors::machine_sampler::disk_server ask_server;
  faults::disk_set& disks;
};

class life {
 public:
  // Starts QEMU and all who watch it; the guest boots when this returns. Blame: host.
  static loop::awaitable<result<std::unique_ptr<life>>> begin(life_context const& context,
                                                              vm::backend& backend,
                                                              vm::machine_spec const& spec,
                                                              vm::guest_profile const& guest);
  // end() must have been awaited.
  ~life() = default;

  // Talks with the console as the guest's profile wants, then waits for the agent's first words.
  // Again after a reset: the talk with the agent that was there before is over. Blame: guest when
  // it stays silent, host when the line cannot be opened.
  loop::awaitable<result<wire::hello>> greet(loop::duration limit);
  // No more is heard of the agent until greet(). Who waits for an answer gets an error.
  void hang_up();

  // Waits until QEMU has gone, kindly at first (`patience`); then nobody watches any more. Safe to
  // call again. Throws what a collector threw.
  loop::awaitable<void> end(loop::duration patience);

  [[nodiscard]] vm::machine& machine() { return *machine_; }
  // Null until greet() was called.
  [[nodiscard]] agent::link* agent() { return agent_.get(); }

 private:
  life(life_context const& context, std::unique_ptr<vm::machine> machine,
       guest::profile const& guest);

  [[nodiscard]] vm::line_cutter::sink listen_to_console();
  [[nodiscard]] bool guest_rests() const;

  life_context const& context_;
  std::unique_ptr<vm::machine> machine_;
  console_talk talk_;
  std::optional<collectors::monitor_events> events_;  // with ability::monitor …
  collectors::machine_sampler sampler_;
  collectors::guest_rest rest_;  // of the agent that speaks now
  std::string blocked_state_;
  collectors::agent_signals agent_signals_;
  std::optional<faults::monitor_guard> guard_;  // … and so has this
  // Whoever was waiting on a link when it was closed comes back to it once more.
  std::unique_ptr<agent::link> former_agent_;
  std::unique_ptr<agent::link> agent_;
  loop::nursery watchers_;
};

}  // namespace wedgehog::conductor
