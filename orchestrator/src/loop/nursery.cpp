#include "loop/nursery.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/ensure.hpp"

namespace wedgehog::loop {

bool is_cancellation(std::exception_ptr const& thrown) {
  if (!thrown) return false;
  try {
    std::rethrow_exception(thrown);
  } catch (boost::system::system_error const& failure) {
    return failure.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

nursery::nursery(asio::any_io_executor executor)
    : executor_(std::move(executor)), done_(executor_, time_point::max()) {}

nursery::~nursery() {
  ensure(children_.empty(), "a nursery was left before join()");
}

void nursery::spawn(awaitable<void> child) {
  auto const place = children_.emplace(children_.end());
  auto finished = [this, place](std::exception_ptr thrown) {
    children_.erase(place);
    if (thrown && !is_cancellation(thrown) && !first_error_) {
      first_error_ = thrown;
      cancel();
    }
    if (children_.empty()) done_.cancel();
  };
  asio::co_spawn(executor_, std::move(child),
                 asio::bind_cancellation_slot(place->slot(), std::move(finished)));
}

void nursery::cancel() {
  // Posted one by one: a signal that is emitted may end its child, which takes the signal out of
  // the list.
  for (auto& signal : children_) {
    auto emit = [this, wanted = &signal] {
      for (auto& alive : children_)
        if (&alive == wanted) {
          alive.emit(asio::cancellation_type::terminal);
          return;
        }
    };
    asio::post(executor_, emit);
  }
}

awaitable<void> nursery::wait_for_children() {
  while (!children_.empty()) co_await done_.async_wait(asio::as_tuple(asio::use_awaitable));
}

awaitable<void> nursery::join() {
  bool const throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  bool cancelled = false;
  while (!children_.empty()) {
    co_await done_.async_wait(asio::as_tuple(asio::use_awaitable));
    auto const state = co_await asio::this_coro::cancellation_state;
    if (!cancelled && state.cancelled() != asio::cancellation_type::none) {
      cancelled = true;
      cancel();
      co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    }
  }
  // Left deaf, the caller would miss a cancellation that comes while none of its waits is under
  // way.
  if (!cancelled) co_await asio::this_coro::throw_if_cancelled(throws);
  if (first_error_) std::rethrow_exception(std::exchange(first_error_, nullptr));
  if (cancelled) throw boost::system::system_error(asio::error::operation_aborted);
}

awaitable<void> nursery::stop() {
  bool const throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  auto const state = co_await asio::this_coro::cancellation_state;
  bool const cleans_up = state.cancelled() != asio::cancellation_type::none;
  // Whoever cleans up after his own cancellation goes on doing so. Nobody else is made deaf to it:
  // a loop that stops a nursery in each of its rounds could never be ended.
  if (cleans_up) co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  cancel();
  co_await wait_for_children();
  if (!cleans_up) co_await asio::this_coro::throw_if_cancelled(throws);
  if (first_error_) std::rethrow_exception(std::exchange(first_error_, nullptr));
}

}  // namespace wedgehog::loop
