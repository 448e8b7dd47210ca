// A connection to the agent in one guest: the dialogue over a UNIX stream socket, as coroutines.
// Lives on one thread, the loop's.
//
//   auto connected = co_await link::connect(executor, time, path, options);
//   nursery.spawn(connected.value()->serve());      // reads, writes and repeats until close()
//   auto hello = co_await connected.value()->greet(30s);
//
// Errors: blame guest when the agent is silent, refuses or is restarted; blame host when the line
// is closed (QEMU is gone) or a request is too large.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/dialogue.hpp"
#include "loop/clock.hpp"
#include "loop/mailbox.hpp"

namespace wedgehog::agent {

namespace asio = boost::asio;
using loop::awaitable;
using loop::duration;

struct link_options {
  duration connect_limit = std::chrono::seconds(10);  // for the socket to appear and accept
  // The agent remembers what it has answered, so every connection needs ids of its own. 0: taken
  // from the clock.
  request_id first_request = 0;
  // Everything that is no answer to a question: every beat, observation, hello and restart, every
  // end (of scripts, too), and output and refusals that nobody waits for. Called on the loop; must
  // not block.
  std::function<void(event const&)> on_event;
};

// Called with each piece of output, on the loop.
using output_sink = std::function<void(wire::output const&)>;

class link {
 public:
  static awaitable<result<std::unique_ptr<link>>> connect(asio::any_io_executor executor,
                                                          loop::clock& time, std::string path,
                                                          link_options options);
  // Over a connected socket, which it takes over.
  link(asio::local::stream_protocol::socket connected, loop::clock& time, link_options options);
  ~link();

  // Must run (in its owner's nursery) for anything else to work; returns after close(), or when the
  // line ends.
  awaitable<void> serve();
  void close();
  [[nodiscard]] bool closed() const { return closed_; }

  awaitable<result<wire::hello>> greet(duration limit);

  // Waits for the end of a script. `limit` is how long the host waits; the agent kills the script
  // at request.deadline_ms, which should be shorter.
  awaitable<result<wire::ended>> run(wire::exec request, duration limit,
                                     output_sink on_output = {});
  // Waits until it is started; its output and end come as events. The value is the request's id.
  awaitable<result<request_id>> start_workload(wire::start_workload request, duration limit);
  awaitable<result<wire::ended>> stop_workload(wire::stop_workload request, duration limit);
  awaitable<result<request_id>> start_canary(wire::start_canary request, duration limit);
  awaitable<result<wire::ended>> stop_canary(wire::stop_canary request, duration limit);
  awaitable<result<wire::ended>> collect(wire::collect request, duration limit,
                                         output_sink on_output);
  // The time there and back.
  awaitable<result<duration>> echo(std::string payload, duration limit);
  // Waits until the agent has begun; the rest is for the machine's watchers to see.
  awaitable<result<request_id>> power(wire::power request, duration limit);
  awaitable<result<wire::ended>> write_file(wire::write_file request, duration limit);
  awaitable<result<wire::ended>> press_sysrq(char key, duration limit);
  awaitable<result<request_id>> start_hog(wire::start_hog request, duration limit);
  awaitable<result<wire::ended>> stop_hog(duration limit);
  // What the hog holds, or held when it has gone.
  awaitable<result<wire::hog_state>> ask_hog(duration limit);
  awaitable<result<wire::ended>> step_clock(wire::step_clock request, duration limit);
  // To a guest that began as a copy of another. Its output says what stays as it was.
  awaitable<result<wire::ended>> become_another(wire::become_another request, duration limit,
                                                output_sink on_output);
  awaitable<result<request_id>> signal(wire::signal request, duration limit);

  // Waits for the end of something started earlier, a workload or a canary.
  awaitable<result<wire::ended>> wait_for_end(request_id started, duration limit);

  [[nodiscard]] dialogue const& talk() const { return dialogue_; }

 private:
  // Somebody who waits for the answer to a request. Several may wait for the same one: each is
  // told.
  struct waiter {
    explicit waiter(asio::any_io_executor const& executor) : answers(executor, 16) {}
    loop::mailbox<event> answers;
    output_sink on_output;
  };
  class place;  // keeps a waiter in waiters_ for as long as somebody waits

  // The one way to ask: sends `request`, and waits for the first event that `answers` is true for.
  // Whatever else is said of the request is passed over.
  using answering = bool (*)(event const&);
  struct answer {
    request_id request = 0;
    event said;
  };
  template <class Request>
  awaitable<result<answer>> ask(Request request, duration limit, answering answers,
                                output_sink on_output = {});
  awaitable<result<answer>> await_answer(place const& kept, duration limit, answering answers);
  template <class Request>
  awaitable<result<wire::ended>> until_ended(Request request, duration limit,
                                             output_sink on_output = {});
  template <class Request>
  awaitable<result<request_id>> until_accepted(Request request, duration limit);
  [[nodiscard]] error silence(duration limit) const;

  void take(event const& said);
  bool tell_waiters(request_id request, event const& said);
  bool take_output(wire::output const& piece);
  void wake_writer();
  awaitable<void> read();
  awaitable<void> write();
  awaitable<void> repeat();

  asio::local::stream_protocol::socket socket_;
  loop::clock& time_;
  link_options options_;
  dialogue dialogue_;
  loop::mailbox<bool> unsent_;
  loop::mailbox<event> greetings_;
  std::multimap<request_id, std::shared_ptr<waiter>> waiters_;
  bool closed_ = false;
};

}  // namespace wedgehog::agent
