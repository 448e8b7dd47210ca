// Stops and continues a process in turns, so that it runs for a share of the time only. Needs no
// right but that of its parent.
#pragma once

#include <cstdint>
#include <functional>

#include "loop/clock.hpp"

namespace wedgehog::faults {

class duty_cycle {
 public:
  struct turns {
    loop::duration run{};   // of each turn
    loop::duration rest{};  // the remainder of it
  };
  struct target {
    std::function<bool()> busy;  // asked just before each stop
    std::function<bool()> stop;  // false: it is gone
    std::function<bool()> go;
  };

  // `share` of each period; the rest is what is left. 0 < share < 1.
  [[nodiscard]] static turns divide(loop::duration period, double share);

  duty_cycle(loop::clock& time, turns each, target whom)
      : time_(time), each_(each), whom_(std::move(whom)) {}

  // Until cancelled or the process is gone. It runs when this has ended, however it ended.
  loop::awaitable<void> run();

  // Stops that met a busy process: what was really taken from somebody.
  [[nodiscard]] std::uint64_t felt() const { return felt_; }
  [[nodiscard]] std::uint64_t stops() const { return stops_; }
  // As it came out: what the host's own load made of the plan. 1 before the first turn.
  [[nodiscard]] double share() const;

 private:
  loop::clock& time_;
  turns each_;
  target whom_;
  std::uint64_t felt_ = 0;
  std::uint64_t stops_ = 0;
  loop::duration ran_{};
  loop::duration rested_{};
};

}  // namespace wedgehog::faults
