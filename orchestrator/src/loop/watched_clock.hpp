// The clock without what this process slept through because the host stopped it (SIGSTOP, a
// suspended host, a starved loop): in its time a process could look. Waiting for a guest means
// watching it, so waits are made of this time, and so is exposure.
#pragma once

#include "loop/clock.hpp"

namespace wedgehog::loop {

class watched_clock final : public clock {
 public:
  // A timer that comes later than that was not kept waiting by a busy loop.
  static constexpr auto tolerated_lag = std::chrono::seconds(2);
  static constexpr auto beat = std::chrono::milliseconds(250);

  explicit watched_clock(clock& time) : time_(time), latest_(time.now()) {}

  // Looks at the clock again and again, until cancelled. Without it nothing is ever missed.
  awaitable<void> keep();

  [[nodiscard]] time_point now() const override;
  awaitable<void> sleep_until(time_point deadline) override;
  // What was slept through since keep() began.
  [[nodiscard]] duration missed() const;

 private:
  void look() const;

  clock& time_;
  mutable time_point latest_;  // when somebody looked
  mutable duration missed_{};
  bool kept_ = false;
};

}  // namespace wedgehog::loop
