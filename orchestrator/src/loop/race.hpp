// Several pieces of work at once: the first that ends, however it ends, cancels the others.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <vector>

#include "loop/clock.hpp"

namespace wedgehog::loop {

// Index of the one that ended first; rethrows what it threw. All have ended when this returns.
// `racers` must not be empty.
inline awaitable<std::size_t> race(std::vector<awaitable<void>> racers) {
  auto const executor = co_await asio::this_coro::executor;
  using operation =
      decltype(asio::co_spawn(executor, std::declval<awaitable<void>>(), asio::deferred));
  std::vector<operation> operations;
  for (auto& racer : racers)
    operations.push_back(asio::co_spawn(executor, std::move(racer), asio::deferred));
  auto group = asio::experimental::make_parallel_group(std::move(operations));
  auto [order, thrown] = co_await group.async_wait(asio::experimental::wait_for_one(),
                                                   asio::as_tuple(asio::use_awaitable));
  std::size_t const first = order.at(0);
  if (thrown.at(first)) std::rethrow_exception(thrown.at(first));
  co_return first;
}

}  // namespace wedgehog::loop
