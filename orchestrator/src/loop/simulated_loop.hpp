// A loop that plays hours in moments: whatever is ready runs, and when nothing is, the time jumps
// to the next sleeper. One thread, no real time: the same work gives the same course, turn by turn.
// Blocking work must be offloaded to executor() and sockets must end in this process, or "nothing
// is ready" is not the truth.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>

#include "loop/clock.hpp"

namespace wedgehog::loop {

class simulated_loop {
 public:
  simulated_loop();

  [[nodiscard]] asio::any_io_executor executor() { return context_.get_executor(); }
  [[nodiscard]] manual_clock& time() { return time_; }

  // One handler, or one jump of the time. False: nothing is ready and nobody sleeps.
  bool turn();

  enum class ending {
    done,
    idle,   // nothing will ever happen any more
    late,   // `until` has come
    spins,  // handlers run without end and the time stands still
  };
  ending play(bool const& done, time_point until);
  // One turn of it; `done` when there may be another.
  ending play_one(bool const& done, time_point until);
  [[nodiscard]] std::uint64_t turns() const { return turns_; }

  // So long does the next jump last beyond what its sleepers want: the process was stopped, or its
  // host was busy elsewhere.
  void be_late_by(duration lag) { lag_ += lag; }

  static constexpr std::uint64_t most_turns_at_once = 200'000;

 private:
  asio::io_context context_;
  manual_clock time_;
  duration lag_{};
  std::uint64_t turns_ = 0;
  std::uint64_t at_once_ = 0;
};

}  // namespace wedgehog::loop
