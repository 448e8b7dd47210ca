// One life of a machine whose system is being adopted: somebody sits at its console and talks,
// waits for its agent, and sees it off.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <string>

#include "agent/link.hpp"
#include "guest/console_dialogue.hpp"
#include "loop/bell.hpp"
#include "loop/nursery.hpp"
#include "vm/backend.hpp"

namespace wedgehog::adoption {

class sitting {
 public:
  // All must outlive it. Blame: host.
  static loop::awaitable<result<std::unique_ptr<sitting>>> begin(loop::clock& time,
                                                                 vm::backend& backend,
                                                                 vm::machine_spec const& spec,
                                                                 vm::guest_profile const& guest);
  // end() must have been awaited.
  ~sitting() = default;

  // Blame: guest, with what was awaited and what the console showed last.
  loop::awaitable<result<void>> talk(guest::talk_plan plan);
  loop::awaitable<result<void>> type(std::string text);
  // Its hello, once it has also beaten. Blame: guest.
  loop::awaitable<result<wire::hello>> until_beat(loop::duration limit);
  // A script by the agent, whose end nobody waits for.
  loop::awaitable<void> tell_agent(std::string script);
  // What a script of the agent's prints; nothing when it fails.
  loop::awaitable<std::optional<std::string>> ask_agent(std::string script);
  // Until the guest has turned itself off, and not in any other way. Blame: guest.
  loop::awaitable<result<void>> until_off(loop::duration limit);
  loop::awaitable<void> end();

 private:
  sitting(loop::asio::any_io_executor const& executor, loop::clock& time,
          std::unique_ptr<vm::machine> machine);
  loop::awaitable<void> watch(qmp::subscription events);
  [[nodiscard]] vm::line_cutter::sink listen();
  [[nodiscard]] microseconds now() const;
  [[nodiscard]] error told(std::string what) const;

  loop::asio::any_io_executor executor_;
  loop::clock& time_;
  std::unique_ptr<vm::machine> machine_;
  std::optional<guest::console_dialogue> dialogue_;
  std::string words_;  // the console's last, for messages
  std::string typed_;  // what the dialogue wants typed
  std::string ended_;  // how the guest ended: the reason of QEMU's SHUTDOWN, or a panic
  bool beaten_ = false;
  loop::bell changed_;
  std::unique_ptr<agent::link> agent_;
  loop::nursery watchers_;
};

}  // namespace wedgehog::adoption
