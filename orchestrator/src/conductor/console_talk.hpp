// Holds the dialogue between power-on and the agent's first word with a guest's console: a thin
// shell around guest::boot_dialogue.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "guest/boot_dialogue.hpp"
#include "loop/clock.hpp"
#include "loop/mailbox.hpp"
#include "vm/serial_console.hpp"

namespace wedgehog::conductor {

class console_talk {
 public:
  // All of them must outlive it.
  console_talk(loop::asio::any_io_executor const& executor, loop::clock& time,
               vm::serial_console& console, std::vector<guest::exchange> exchanges);

  // A line of the console as it was followed, from the machine's start on.
  void hear(std::string_view line, bool partial);

  // The whole dialogue, within `limit` altogether; at once when there is none. Blame: guest, naming
  // what did not appear in time; host when nothing can be typed. Begins anew with each further
  // call: a guest that was reset asks again.
  loop::awaitable<result<void>> hold(loop::duration limit);

 private:
  loop::awaitable<result<void>> type(std::string text);

  loop::clock& time_;
  vm::serial_console& console_;
  std::vector<guest::exchange> exchanges_;
  guest::boot_dialogue talk_;
  loop::mailbox<std::string> answers_;  // one for each time that something expected has appeared
  bool held_ = false;
};

}  // namespace wedgehog::conductor
