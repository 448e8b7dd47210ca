// within(clock, limit, work): the work's value, or nothing when the limit passes first. A failure
// of the work surfaces at once; cancellation of the caller cancels the work and throws
// operation_aborted.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>

#include "loop/clock.hpp"

namespace wedgehog::loop {

// T must be default constructible (a requirement of co_spawn).
template <class T>
awaitable<std::optional<T>> within(clock& time, duration limit, awaitable<T> work) {
  auto executor = co_await asio::this_coro::executor;
  auto group = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(work), asio::deferred),
      asio::co_spawn(executor, time.sleep_for(limit), asio::deferred));
  auto [order, work_error, value, sleep_error] = co_await group.async_wait(
      asio::experimental::wait_for_one(), asio::as_tuple(asio::use_awaitable));
  if (!work_error) co_return std::optional<T>(std::move(value));
  if (order[0] == 1 && !sleep_error) co_return std::nullopt;
  std::rethrow_exception(work_error);
}

// For work without a value: true when it finished in time.
inline awaitable<bool> within(clock& time, duration limit, awaitable<void> work) {
  auto executor = co_await asio::this_coro::executor;
  auto group = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(work), asio::deferred),
      asio::co_spawn(executor, time.sleep_for(limit), asio::deferred));
  auto [order, work_error, sleep_error] = co_await group.async_wait(
      asio::experimental::wait_for_one(), asio::as_tuple(asio::use_awaitable));
  if (!work_error) co_return true;
  if (order[0] == 1 && !sleep_error) co_return false;
  std::rethrow_exception(work_error);
}

}  // namespace wedgehog::loop
