// A bounded queue with one consumer. Nothing is lost when a receive is cancelled; when it is full
// the oldest item is dropped and counted, so that a slow consumer never stops a reader.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <deque>
#include <optional>

#include "loop/clock.hpp"

namespace wedgehog::loop {

template <class T>
class mailbox {
 public:
  explicit mailbox(asio::any_io_executor const& executor, std::size_t capacity = 4096)
      : bell_(executor, time_point::max()), capacity_(capacity) {}

  void push(T item) {
    if (closed_) return;
    if (items_.size() >= capacity_) {
      items_.pop_front();
      ++dropped_;
    }
    items_.push_back(std::move(item));
    bell_.cancel();
  }

  // After close, what is queued can still be received.
  void close() {
    closed_ = true;
    bell_.cancel();
  }

  // Nothing once closed and empty. Throws operation_aborted when cancelled.
  awaitable<std::optional<T>> receive() {
    for (;;) {
      if (auto item = take()) co_return item;
      if (closed_) co_return std::nullopt;
      [[maybe_unused]] auto [ignored] =
          co_await bell_.async_wait(asio::as_tuple(asio::use_awaitable));
      auto const state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
    }
  }

  std::optional<T> take() {
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }

  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] std::size_t size() const { return items_.size(); }
  // How many items were dropped because the box was full, since the last call.
  std::uint64_t take_dropped() { return std::exchange(dropped_, 0); }

 private:
  asio::steady_timer bell_;
  std::size_t capacity_;
  std::deque<T> items_;
  std::uint64_t dropped_ = 0;
  bool closed_ = false;
};

}  // namespace wedgehog::loop
