// Owns coroutines: every one that is spawned ends before join() returns. The first failure cancels
// the others and is thrown by join(). Destroying a nursery that still has children is a bug and
// aborts.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <list>

#include "loop/clock.hpp"

namespace wedgehog::loop {

class nursery {
 public:
  explicit nursery(asio::any_io_executor executor);
  ~nursery();
  nursery(nursery const&) = delete;
  nursery& operator=(nursery const&) = delete;

  void spawn(awaitable<void> child);
  // Asks all children to end; they see operation_aborted at their next await.
  void cancel();
  // Waits for all children. When the caller is cancelled, cancels them, waits all the same, then
  // throws operation_aborted.
  awaitable<void> join();
  // cancel() and wait; throws only what is not a cancellation.
  awaitable<void> stop();

  [[nodiscard]] std::size_t size() const { return children_.size(); }

 private:
  awaitable<void> wait_for_children();

  asio::any_io_executor executor_;
  asio::steady_timer done_;
  std::list<asio::cancellation_signal> children_;
  std::exception_ptr first_error_;
};

// True for the exception that a cancelled coroutine throws.
[[nodiscard]] bool is_cancellation(std::exception_ptr const& thrown);

}  // namespace wedgehog::loop
