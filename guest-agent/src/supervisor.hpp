// The thread that serves the host's requests: reads the port, starts children, watches their pipes,
// their deadlines and their ends. It never waits for anything but poll().
#pragma once

#include <deque>
#include <list>
#include <memory>
#include <string>

#include "board.hpp"
#include "bodies.hpp"
#include "child.hpp"
#include "outbox.hpp"
#include "port.hpp"
#include "wire/frame.hpp"
#include "wire/messages.hpp"

namespace wedgehog::guest {

struct supervisor_options {
  bool in_guest = false;  // power-off and sysrq are refused elsewhere
  std::string counter_directory;
};

class supervisor {
 public:
  supervisor(port const& line, supervisor_options options, wire::hello hello, outbox& out,
             board& shown);

  // Returns when the line has ended for good; all children are killed then.
  void serve();

 private:
  static constexpr std::size_t children_limit = 64;
  static constexpr std::size_t answers_limit = 128;

  struct answer {
    std::uint64_t request = 0;
    wire::message_type type{};
    std::string payload;
  };

  // One request each. They answer, or start a child that will.
  void take(wire::frame const& frame);
  void begin(wire::greeting const& request);
  void begin(wire::query const& request);
  void begin(wire::echo const& request);
  void begin(wire::exec const& request);
  void begin(wire::signal const& request);
  void begin(wire::start_workload const& request);
  void begin(wire::stop_workload const& request);
  void begin(wire::start_canary const& request);
  void begin(wire::stop_canary const& request);
  void begin(wire::collect const& request);
  void begin(wire::power const& request);
  void begin(wire::write_file const& request);
  void begin(wire::sysrq const& request);
  void begin(wire::start_hog const& request);
  void begin(wire::stop_hog const& request);
  void begin(wire::ask_hog const& request);
  void begin(wire::step_clock const& request);
  void begin(wire::become_another const& request);
  template <class Request>
  void read_and_begin(std::string_view payload);

  // Adds a child and answers `accepted`, or `refused` with the errno.
  child* adopt(child_kind kind, std::uint64_t request, int failure, spawned const& started);
  template <class Body>
  child* start_body(child_kind kind, std::uint64_t request, std::uint64_t deadline_ms, Body&& body,
                    bool protect = false);
  bool has_room(std::uint64_t request);
  child* find(child_kind kind, std::string_view name);
  void stop(std::uint64_t request, child* target, std::uint64_t grace_ms,
            std::string const& absent);

  // Sends the answer and keeps it, so that it can be asked for again.
  template <class Message>
  void give_answer(Message const& message) {
    std::string payload;
    if (wire::encode(message, payload, wire::payload_limit))
      keep_answer({message.request, Message::type, std::move(payload)});
  }
  void keep_answer(answer given);
  void accept(child const& one);
  void refuse(std::uint64_t request, std::string why, int error_number = 0);
  bool answered_before(std::uint64_t request);

  void wait_for_events();
  [[nodiscard]] int until_next_deadline_ms() const;
  bool read_port();
  void read_stream(child& from, int index);
  void forward(child& from, int index, char const* bytes, std::size_t count);
  bool send_output(child& from, int index, std::uint64_t offset, std::string_view bytes, bool last);
  void send_tails(child& from, bool last);
  void reap();
  void watch_deadlines(child& one);
  void kill_group(child& one, int number);
  void tell_end(child& one, bool unkillable);
  void release(child& one);

  port line_;
  supervisor_options options_;
  wire::hello hello_;
  outbox& out_;
  board& board_;
  wire::decoder decoder_;
  std::list<child> children_;
  std::deque<answer> answers_;
  hog_page* hog_ = nullptr;  // of the last hog; stays mapped
  std::uint32_t hog_signal_ = 0;
  std::uint64_t port_rests_until_us_ = 0;
  bool line_ended_ = false;
};

}  // namespace wedgehog::guest
