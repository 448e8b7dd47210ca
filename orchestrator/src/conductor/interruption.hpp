// The user's wish to stop (Ctrl-C): any number of coroutines may wait for it.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "loop/clock.hpp"

namespace wedgehog::conductor {

class interruption {
 public:
  explicit interruption(loop::asio::any_io_executor const& executor)
      : bell_(executor, loop::time_point::max()) {}

  void request() {
    requested_ = true;
    bell_.cancel();
  }
  [[nodiscard]] bool requested() const { return requested_; }

  // Returns once it was requested. Throws operation_aborted when the waiter is cancelled.
  loop::awaitable<void> wait() {
    while (!requested_) {
      [[maybe_unused]] auto [ignored] =
          co_await bell_.async_wait(loop::asio::as_tuple(loop::asio::use_awaitable));
      auto const state = co_await loop::asio::this_coro::cancellation_state;
      if (state.cancelled() != loop::asio::cancellation_type::none)
        throw boost::system::system_error(loop::asio::error::operation_aborted);
    }
  }

 private:
  loop::asio::steady_timer bell_;
  bool requested_ = false;
};

}  // namespace wedgehog::conductor
