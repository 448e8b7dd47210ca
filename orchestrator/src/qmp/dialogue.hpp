// One QMP session as a pure state machine: bytes and commands go in, actions come out. It knows
// what may be sent when, which answer belongs to whom, and why a session ended; it does no I/O.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "qmp/message.hpp"

namespace wedgehog::qmp {

using ticket = std::uint64_t;

// Write these bytes, with the descriptor of the ticket when it has one.
struct send {
  ticket whose;
  std::string bytes;
};
// The ticket's command has ended; comes once for every ticket that was not forgotten.
struct finished {
  ticket whose;
  result<json::value> outcome;
};
// An event for every listener.
struct announce {
  event what;
};
// The session is over; comes once, after everything that it finishes.
struct over {};

using action = std::variant<send, finished, announce, over>;

struct dialogue_options {
  bool wants_oob = true;
  std::size_t line_limit = longest_line;
};

class dialogue {
 public:
  using options = dialogue_options;
  // The greeting and the negotiation of capabilities have this ticket; it finishes like a command.
  static constexpr ticket negotiation = 0;

  // QMP spec 2.3.1: "the client should have at most eight in-band commands in flight", or QEMU
  // stops reading and an out-of-band command is not seen. Eight counts the one being executed:
  // while a command on another monitor holds QEMU's main loop none is, and the eighth shuts the
  // door (QEMU 7.2, seen 2026-11).
  static constexpr std::size_t most_in_flight_with_oob = 7;
  // Without oob QEMU reads the next command only after it has answered.
  static constexpr std::size_t most_in_flight_without_oob = 1;

  explicit dialogue(options chosen = {});

  // Queued until QEMU may be told it; in-band commands keep their order.
  ticket ask(command what);
  // Its answer, if one still comes, is dropped; what was not sent yet is never sent.
  void forget(ticket whose);

  void received(std::string_view bytes);
  // No byte will come any more. The first cause is the true one: later ones are ignored.
  void ended(std::string cause);
  // The peer closed the connection.
  void closed_by_peer();

  std::optional<action> next();

  [[nodiscard]] bool ready() const { return state_ == state::ready; }
  // Why the session is over; every pending and later command reports it.
  [[nodiscard]] std::optional<error> const& failure() const { return failure_; }
  [[nodiscard]] greeting const& hello() const { return hello_; }
  [[nodiscard]] bool oob_enabled() const { return oob_enabled_; }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_.size(); }
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

  // What to tell somebody whose ticket took too long: it names the command and what holds it up.
  [[nodiscard]] error overdue(ticket whose, microseconds limit) const;

 private:
  enum class state { awaiting_greeting, negotiating, ready, over };
  struct sent {
    std::string name;
    bool out_of_band = false;
    bool carries_descriptor = false;
    bool forgotten = false;
  };
  struct queued {
    ticket whose;
    command what;
  };

  void take(message&& what);
  void greeted(greeting const& hello);
  void answered(std::optional<std::uint64_t> id, result<json::value> outcome,
                std::string_view description);
  void send_what_may_go();
  void transmit(ticket whose, command const& what);
  [[nodiscard]] bool may_go(command const& what) const;

  options options_;
  state state_ = state::awaiting_greeting;
  line_splitter lines_;
  greeting hello_;
  bool oob_enabled_ = false;
  ticket last_ticket_ = negotiation;
  std::deque<queued> queue_;
  std::map<ticket, sent> in_flight_;
  std::size_t in_band_in_flight_ = 0;
  bool descriptor_in_flight_ = false;
  bool negotiation_forgotten_ = false;
  std::deque<action> actions_;
  std::optional<error> failure_;
};

}  // namespace wedgehog::qmp
