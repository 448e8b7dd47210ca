// Runs blocking work on a pool thread and resumes on the loop. Only values cross: the function must
// own what it touches.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <type_traits>

#include "loop/clock.hpp"

namespace wedgehog::loop {

namespace detail {
template <class Work>
awaitable<std::invoke_result_t<Work>> call(Work work) {
  co_return work();
}
}  // namespace detail

// The result must be default constructible. The pool must end before the loop: a thread that handed
// its result over still lets go of the loop. Work that has begun is not interrupted by
// cancellation. `where` is a pool's executor; in a simulation it is the loop's own.
template <class Work>
awaitable<std::invoke_result_t<Work>> offload(asio::any_io_executor where, Work work) {
  auto task = detail::call<Work>(std::move(work));
  co_return co_await asio::co_spawn(where, std::move(task), asio::use_awaitable);
}
template <class Work>
awaitable<std::invoke_result_t<Work>> offload(asio::thread_pool& pool, Work work) {
  return offload(asio::any_io_executor(pool.get_executor()), std::move(work));
}

}  // namespace wedgehog::loop
