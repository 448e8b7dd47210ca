// Runs blocking work on a pool thread and resumes on the loop. Only values cross: the function must
// own what it touches.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <type_traits>
#include <utility>

#include "loop/clock.hpp"

namespace wedgehog::loop {

// The result must be default constructible. The pool must end before the loop: a thread that handed
// its result over still lets go of the loop. Work that has begun is not interrupted by
// cancellation, and neither is what waits for its turn: whoever waits is told when it is done. (Not
// by co_spawn: a coroutine that is cancelled while it runs on a pool's thread throws there, past
// everybody: Boost 1.81, its co_spawn_entry_point.) `where` is a pool's executor; in a simulation
// it is the loop's own.
template <class Work>
awaitable<std::invoke_result_t<Work>> offload(asio::any_io_executor where, Work work) {
  using value = std::invoke_result_t<Work>;
  auto begin = [where, work = std::move(work)](auto handler) mutable {
    auto loop = asio::make_work_guard(asio::get_associated_executor(handler));
    auto run = [loop = std::move(loop), work = std::move(work),
                handler = std::move(handler)]() mutable {
      std::exception_ptr thrown;
      value made{};
      try {
        made = work();
      } catch (...) {
        thrown = std::current_exception();
      }
      auto tell = [handler = std::move(handler), thrown, made = std::move(made)]() mutable {
        std::move(handler)(thrown, std::move(made));
      };
      asio::post(loop.get_executor(), std::move(tell));
    };
    asio::post(where, std::move(run));
  };
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable),
                                          void(std::exception_ptr, value)>(std::move(begin),
                                                                           asio::use_awaitable);
}
template <class Work>
awaitable<std::invoke_result_t<Work>> offload(asio::thread_pool& pool, Work work) {
  return offload(asio::any_io_executor(pool.get_executor()), std::move(work));
}

}  // namespace wedgehog::loop
