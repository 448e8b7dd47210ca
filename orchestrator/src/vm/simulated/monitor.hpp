// QEMU's end of a monitor: QMP as QEMU 7.2 writes it, over a socket. Commands are obeyed one after
// the other, out-of-band ones at once; what they do is somebody else's business. It can be made to
// behave badly.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/json.hpp>
#include <deque>
#include <functional>
#include <string>

#include "loop/bell.hpp"
#include "loop/descriptor.hpp"
#include "loop/mailbox.hpp"

namespace wedgehog::vm::simulated {

namespace json = boost::json;

// What becomes of the answer to one command.
struct manners {
  enum class kind {
    good,
    never,    // this command hangs, and every later one behind it
    late,     // after `delay`
    refusal,  // an error instead of obedience
    garbage,  // a line that is no JSON
    half,     // half a line, and the connection ends
    flood,    // thousands of events before it
  };
  kind what = kind::good;
  loop::duration delay{};
};
using manners_choice = std::function<manners(std::string const& command)>;

class monitor {
 public:
  struct owner {
    loop::clock& time;
    // {"return": …} or {"error": …}
    std::function<loop::awaitable<json::object>(monitor&, std::string, json::object)> obey;
    std::function<json::object(std::string const&, json::object const&)> obey_out_of_band;
    // Returns once the process may run.
    std::function<loop::awaitable<void>()> until_awake;
    manners_choice choose;
  };

  // Takes over `connected`.
  monitor(loop::asio::any_io_executor const& executor, int connected, owner whose);

  // Until cancelled, or nobody listens any more.
  loop::awaitable<void> serve();
  void announce(json::object const& event);
  // The descriptor that came with the last getfd.
  loop::descriptor take_descriptor() { return std::move(descriptor_); }
  // After what was said until now has been written.
  void close();
  // Everything is written.
  [[nodiscard]] bool quiet() const { return !socket_.is_open(); }

 private:
  loop::awaitable<void> read();
  loop::awaitable<void> obey_all();
  loop::awaitable<void> write();
  loop::awaitable<bool> misbehave(manners how, json::value const& id);
  void take_line(std::string const& line);
  void say(std::string const& text);

  loop::asio::local::stream_protocol::socket socket_;
  owner whose_;
  loop::mailbox<json::object> commands_;
  loop::mailbox<bool> unsent_;
  std::string outgoing_;
  std::string incoming_;
  loop::descriptor descriptor_;
  bool closing_ = false;
};

}  // namespace wedgehog::vm::simulated
