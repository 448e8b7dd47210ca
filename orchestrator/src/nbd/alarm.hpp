// Calls back once the clock has come to a time that may be moved; works on real and manual clocks.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "loop/clock.hpp"

namespace wedgehog::nbd {

class alarm {
 public:
  alarm(loop::asio::any_io_executor executor, loop::clock& time, std::function<void()> ring)
      : state_(std::make_shared<state>(
            state{.executor = std::move(executor), .time = time, .ring = std::move(ring)})) {}
  ~alarm() { stop(); }
  alarm(alarm const&) = delete;
  alarm& operator=(alarm const&) = delete;

  // Rings at `when` or earlier: one that is already set for earlier stays, so that moving a
  // deadline back costs nothing.
  void set(loop::time_point when) {
    if (state_->at && *state_->at <= when) return;
    if (state_->at) state_->sleeper->emit(loop::asio::cancellation_type::terminal);
    state_->at = when;
    auto const turn = ++state_->turn;
    auto sleeper = std::make_shared<loop::asio::cancellation_signal>();
    state_->sleeper = sleeper;
    // The signal lives as long as its sleeper.
    loop::asio::co_spawn(
        state_->executor, state_->time.sleep_until(when),
        loop::asio::bind_cancellation_slot(
            sleeper->slot(), [shared = state_, sleeper, turn](std::exception_ptr cancelled) {
              if (cancelled || turn != shared->turn) return;
              shared->at.reset();
              shared->ring();
            }));
  }

  void stop() {
    ++state_->turn;
    if (state_->at) state_->sleeper->emit(loop::asio::cancellation_type::terminal);
    state_->at.reset();
  }

 private:
  struct state {
    loop::asio::any_io_executor executor;
    loop::clock& time;
    std::function<void()> ring;
    std::optional<loop::time_point> at = {};
    std::uint64_t turn = 0;
    std::shared_ptr<loop::asio::cancellation_signal> sleeper = {};
  };
  std::shared_ptr<state> state_;
};

}  // namespace wedgehog::nbd
