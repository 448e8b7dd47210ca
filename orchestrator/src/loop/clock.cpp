#include "loop/clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace wedgehog::loop {

using asio::use_awaitable;

time_point real_clock::now() const {
  return std::chrono::steady_clock::now();
}

awaitable<void> real_clock::sleep_until(time_point deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
  co_await timer.async_wait(use_awaitable);
}

struct manual_clock::gate {
  gate(asio::any_io_executor const& executor) : timer(executor, time_point::max()) {}
  asio::steady_timer timer;
  bool open = false;
};

manual_clock::manual_clock(asio::any_io_executor executor) : executor_(std::move(executor)) {}
manual_clock::~manual_clock() = default;

std::size_t manual_clock::sleepers() const {
  return sleepers_.size();
}

std::optional<time_point> manual_clock::next_deadline() const {
  if (sleepers_.empty()) return std::nullopt;
  return sleepers_.begin()->first;
}

awaitable<void> manual_clock::sleep_until(time_point deadline) {
  if (deadline <= now_) {
    co_await asio::post(executor_, use_awaitable);
    co_return;
  }
  auto mine = std::make_shared<gate>(executor_);
  auto const place = sleepers_.emplace(deadline, mine);
  [[maybe_unused]] auto [ignored] = co_await mine->timer.async_wait(asio::as_tuple(use_awaitable));
  if (mine->open) co_return;
  sleepers_.erase(place);
  throw boost::system::system_error(asio::error::operation_aborted);
}

void manual_clock::advance(duration step) {
  now_ += step;
  while (!sleepers_.empty() && sleepers_.begin()->first <= now_) {
    auto due = sleepers_.begin()->second;
    sleepers_.erase(sleepers_.begin());
    due->open = true;
    due->timer.cancel();
  }
}

}  // namespace wedgehog::loop
