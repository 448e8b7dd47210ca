// The I/O of one client: a socket, a dialogue, and those who wait for it. Reads and writes are
// plain handlers that keep the session alive, so that there is no coroutine to own or to join.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "loop/descriptor.hpp"
#include "loop/mailbox.hpp"
#include "qmp/client.hpp"
#include "qmp/dialogue.hpp"

namespace wedgehog::qmp {

// A mailbox with the gaps made visible.
class event_box {
 public:
  event_box(asio::any_io_executor const& executor, std::size_t capacity)
      : events_(executor, capacity) {}

  void push(event const& happened) { events_.push(happened); }
  void close() { events_.close(); }
  std::optional<event> take();
  loop::awaitable<std::optional<event>> next();

 private:
  event gap_or(event taken);

  loop::mailbox<event> events_;
  std::optional<event> after_gap_;
};

using loop::descriptor;

class session : public std::enable_shared_from_this<session> {
 public:
  using socket = asio::local::stream_protocol::socket;

  session(socket connected, loop::clock& time, client_options const& options);

  void start();
  // The given cause becomes the true one when the session still lives.
  void shut(std::string cause);

  // Waits for the end of the greeting and the negotiation.
  static loop::awaitable<result<json::value>> negotiated(std::shared_ptr<session> self,
                                                         loop::duration limit);
  static loop::awaitable<result<json::value>> perform(std::shared_ptr<session> self, command what,
                                                      descriptor carried, loop::duration limit);
  std::shared_ptr<event_box> listen();
  [[nodiscard]] dialogue const& talk() const { return dialogue_; }

 private:
  // Somebody who waits for a ticket; lives in his coroutine.
  struct waiter {
    waiter(asio::any_io_executor const& executor) : bell(executor, loop::time_point::max()) {}
    asio::steady_timer bell;
    std::optional<result<json::value>> outcome;
    loop::duration limit{};
    loop::time_point deadline{};
  };
  struct chunk {
    std::string bytes;
    std::size_t written = 0;
    descriptor carried;
  };
  struct alarm {
    loop::time_point rings;
    asio::cancellation_signal off;
  };
  class waiting;

  static loop::awaitable<result<json::value>> await_outcome(std::shared_ptr<session> self,
                                                            ticket whose, loop::duration limit);
  void pump();
  void perform_action(action&& what);
  void read();
  void flush();
  bool write_some(chunk& next, int& error_number);
  void finish(ticket whose, result<json::value> outcome);
  void set_alarm();
  void expire();
  static loop::awaitable<void> sleep(std::shared_ptr<session> self, loop::time_point until);

  asio::any_io_executor executor_;
  loop::clock& time_;
  socket socket_;
  dialogue dialogue_;
  client_options options_;
  std::vector<char> input_;
  std::deque<chunk> output_;
  bool awaiting_room_ = false;
  std::map<ticket, waiter*> waiters_;
  std::map<ticket, descriptor> descriptors_;
  std::vector<std::weak_ptr<event_box>> listeners_;
  std::shared_ptr<event_box> first_box_;
  // One sleep for all deadlines, armed lazily: a command that is answered in time never touches it.
  std::shared_ptr<alarm> alarm_;
};

}  // namespace wedgehog::qmp
