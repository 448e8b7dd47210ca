// Any number of coroutines wait until somebody rings. Nothing is remembered: who comes after the
// ringing waits for the next one, so look first, then wait.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "loop/clock.hpp"

namespace wedgehog::loop {

class bell {
 public:
  explicit bell(asio::any_io_executor const& executor) : timer_(executor, time_point::max()) {}

  void ring() { timer_.cancel(); }

  // Throws operation_aborted when cancelled.
  awaitable<void> wait() {
    [[maybe_unused]] auto [ignored] =
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }

 private:
  asio::steady_timer timer_;
};

}  // namespace wedgehog::loop
