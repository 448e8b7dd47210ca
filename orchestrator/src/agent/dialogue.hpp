// The host's half of the talk with the agent in a guest, without a socket and without a clock:
// bytes in, events out; requests in, bytes out. It copes with an agent that is silent, speaks
// garbage, floods, loses frames or is restarted, because that is what sick guests do.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.hpp"
#include "wire/frame.hpp"
#include "wire/messages.hpp"

namespace wedgehog::agent {

using time_point = std::chrono::steady_clock::time_point;
using request_id = std::uint64_t;

// The agent speaks, but no protocol that we share. `why` says what to do.
struct incompatible {
  std::string why;
};
// A hello of another start of the agent: what was asked of the previous one is lost.
struct restarted {};

using event = std::variant<wire::hello, wire::beat, wire::observation, wire::output, wire::accepted,
                           wire::refused, wire::ended, wire::echoed, wire::hog_state, incompatible,
                           restarted>;

struct dialogue_counts {
  std::uint64_t bytes = 0;
  std::uint64_t unreadable = 0;    // frames of a known type whose content made no sense
  std::uint64_t unknown = 0;       // frames of a type this version does not know
  std::uint64_t sent_again = 0;    // requests and questions repeated
  std::uint64_t stale_hellos = 0;  // of an agent that another has taken the place of
};

class dialogue {
 public:
  // Of unsent bytes; a request beyond it is refused. An agent that does not read (a stopped guest)
  // cannot make the host's memory grow.
  static constexpr std::size_t outgoing_limit = 1024 * 1024;

  // Requests get the ids first, first + 1, …: different for every connection to the same agent,
  // which remembers what it has answered.
  explicit dialogue(request_id first = 1) : next_(first) {}

  // Calls on_event for every message in `bytes`; it may call ask() and forget().
  void receive(std::string_view bytes, std::function<void(event const&)> const& on_event);

  // Greets at once and, by tick(), every second until the agent has answered.
  void greet(time_point now);

  // Queues a request and returns its id. It is sent again until the agent has accepted it, and its
  // outcome asked for again, until forget(). Blame: host, when it is over wire::payload_limit or
  // too much is unsent.
  template <class Request>
  result<request_id> ask(Request request, time_point now) {
    request.request = next_;
    std::string payload;
    if (!wire::encode(request, payload, wire::payload_limit))
      return host_error("a request to the guest's agent may not be larger than 64 KiB");
    return queue(Request::type, std::move(payload), now);
  }
  void forget(request_id request) { waiting_.erase(request); }
  // Asks for the outcome of something accepted earlier, now and every ten seconds, until forget().
  void follow(request_id request, time_point now);

  // Repeats what has waited long enough; to be called every second or so.
  void tick(time_point now);

  // What is to be written now.
  [[nodiscard]] std::string take_outgoing();
  [[nodiscard]] bool has_outgoing() const { return !outgoing_.empty(); }

  // Whether something that was asked is not answered, or not ended, yet.
  [[nodiscard]] bool asks() const { return !waiting_.empty(); }
  [[nodiscard]] bool greeted() const { return session_ != 0; }
  // Why nothing useful has been heard so far, for the person who waits.
  [[nodiscard]] std::string describe_silence() const;
  [[nodiscard]] wire::line_counts const& line_counts() const { return decoder_.counts(); }
  [[nodiscard]] dialogue_counts const& counts() const { return counts_; }

 private:
  struct waiting {
    wire::message_type type{};
    std::string payload;
    bool accepted = false;
    time_point again;
    std::chrono::seconds pause{2};
  };

  result<request_id> queue(wire::message_type type, std::string payload, time_point now);
  void send(wire::message_type type, std::string_view payload);
  void read(wire::frame const& frame, std::function<void(event const&)> const& on_event);
  template <class Message>
  void read_as(std::string_view payload, std::function<void(event const&)> const& on_event);
  void read_output(std::string_view payload, std::function<void(event const&)> const& on_event);
  void note(wire::hello const& hello, std::function<void(event const&)> const& on_event);

  wire::decoder decoder_;
  dialogue_counts counts_;
  std::string outgoing_;
  std::uint32_t sequence_ = 0;
  request_id next_;
  std::map<request_id, waiting> waiting_;
  std::uint64_t session_ = 0;
  std::deque<std::uint64_t> former_sessions_;  // the last few
  bool greeting_ = false;
  time_point greet_again_;
};

}  // namespace wedgehog::agent
