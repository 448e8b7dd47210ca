// A QMP session with one QEMU over a UNIX socket: commands, out-of-band commands, descriptors and
// events, as coroutines. A thin shell around `dialogue`; lives on one thread, the loop's.
//
// Subscribe before you command: QEMU sends the events that a command causes before its return.
//
// GCC 12 cannot compile a braced temporary inside a co_await expression. Name the arguments first:
//   json::object const arguments{{"id", "disk0"}};
//   auto answer = co_await client.execute("device_del", arguments);
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "loop/clock.hpp"
#include "qmp/message.hpp"

namespace wedgehog::qmp {

inline constexpr loop::duration usual_limit = std::chrono::seconds(10);

struct client_options {
  // For the socket to appear, the greeting and the negotiation together.
  loop::duration deadline = usual_limit;
  bool wants_oob = true;
  // Events kept for a listener that does not come to take them; then the oldest are dropped, and
  // the listener gets a gap in their place.
  std::size_t events_kept = 4096;
  std::size_t line_limit = longest_line;
};

namespace asio = boost::asio;

class session;
class event_box;

// One listener's own queue of events, from the moment of listen(). May outlive the client.
class subscription {
 public:
  subscription() = default;
  explicit subscription(std::shared_ptr<event_box> box) : box_(std::move(box)) {}

  // The next event or gap; nothing once the session is over and everything was taken. For one
  // coroutine at a time. A cancelled call loses no event.
  loop::awaitable<std::optional<event>> next();
  // Without waiting.
  std::optional<event> take();

 private:
  std::shared_ptr<event_box> box_;
};

class client {
 public:
  // Empty, to be assigned to; any call on it is a bug.
  client() = default;
  client(client&&) noexcept = default;
  client& operator=(client&& other) noexcept;
  // Ends the session like close(), without waiting. What still waits gets an error.
  ~client();

  // Tries until the socket exists and QEMU has greeted, or the deadline passes. Blame: host.
  // `time` must live until the client is closed or destroyed.
  static loop::awaitable<result<client>> connect(asio::any_io_executor executor, loop::clock& time,
                                                 std::string path, client_options options = {});
  // The same over a connected socket, which it takes over (closes, also on failure).
  static loop::awaitable<result<client>> adopt(asio::any_io_executor executor, loop::clock& time,
                                               int connected, client_options options = {});

  // The value of "return". Errors (blame: host) are: a refusal, whose class failure_class() tells;
  // no answer within `limit`, which says nothing about QEMU's health (a held disk request makes it
  // deaf for a while); a session that is over, with its true cause. Cancel it at any time: an
  // answer that comes later is dropped.
  loop::awaitable<result<json::value>> execute(std::string name, json::object arguments,
                                               loop::duration limit = usual_limit);
  loop::awaitable<result<json::value>> execute(std::string name,
                                               loop::duration limit = usual_limit);
  // Answered even while QEMU's main loop is stuck. QEMU 7.2 knows as such: migrate-recover,
  // migrate-pause, yank.
  loop::awaitable<result<json::value>> execute_oob(std::string name, json::object arguments,
                                                   loop::duration limit = usual_limit);
  // With an open descriptor, for getfd and add-fd. It is duplicated at once: the caller keeps his.
  loop::awaitable<result<json::value>> execute_with_descriptor(std::string name,
                                                               json::object arguments,
                                                               int descriptor,
                                                               loop::duration limit = usual_limit);

  // Any number of listeners, each gets every event. The first also gets those that came since
  // the connection was made.
  [[nodiscard]] subscription listen();

  // Ends the session: pending and later commands fail, subscriptions end.
  void close();

  // Why the session is over; nothing while it lives.
  [[nodiscard]] std::optional<error> failure() const;
  [[nodiscard]] greeting const& hello() const;
  [[nodiscard]] bool oob_enabled() const;
  // Sent or queued commands without an answer.
  [[nodiscard]] std::size_t unanswered() const;

 private:
  explicit client(std::shared_ptr<session> made) : session_(std::move(made)) {}

  std::shared_ptr<session> session_;
};

}  // namespace wedgehog::qmp
