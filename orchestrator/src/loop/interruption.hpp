// The user's wish to stop (Ctrl-C): any number of coroutines may wait for it.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>

#include "loop/bell.hpp"
#include "loop/clock.hpp"

namespace wedgehog::loop {

class interruption {
 public:
  explicit interruption(asio::any_io_executor const& executor)
      : bell_(executor) {}

  void request() {
    requested_ = true;
    bell_.ring();
  }
  [[nodiscard]] bool requested() const { return requested_; }

  // What the work returned, or nothing: the request came first and the work was cancelled. T must
  // be default constructible (a requirement of co_spawn).
  template <class T>
  awaitable<std::optional<T>> unless_requested(awaitable<T> work) {
    auto executor = co_await asio::this_coro::executor;
    auto group = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, std::move(work), asio::deferred),
        asio::co_spawn(executor, wait(), asio::deferred));
    auto [order, work_error, value, wait_error] = co_await group.async_wait(
        asio::experimental::wait_for_one(), asio::as_tuple(asio::use_awaitable));
    if (!work_error) co_return std::optional<T>(std::move(value));
    if (order[0] == 1 && !wait_error) co_return std::nullopt;
    std::rethrow_exception(work_error);
  }

  // Returns once it was requested. Throws operation_aborted when the waiter is cancelled.
  awaitable<void> wait() {
    while (!requested_) co_await bell_.wait();
  }

 private:
  bell bell_;
  bool requested_ = false;
};

}  // namespace wedgehog::loop
