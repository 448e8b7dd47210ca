// Time is passed in: the only place where the real clock is read. Tests use manual_clock, in which
// hours pass in milliseconds.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>

#include "base/units.hpp"

namespace wedgehog::loop {

namespace asio = boost::asio;
template <class T>
using awaitable = asio::awaitable<T>;

using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

class clock {
 public:
  virtual ~clock() = default;
  // Host monotonic time.
  [[nodiscard]] virtual time_point now() const = 0;
  // Throws boost::system::system_error(operation_aborted) when cancelled.
  virtual awaitable<void> sleep_until(time_point deadline) = 0;

  awaitable<void> sleep_for(duration length) { return sleep_until(now() + length); }
};

class real_clock final : public clock {
 public:
  [[nodiscard]] time_point now() const override;
  awaitable<void> sleep_until(time_point deadline) override;
};

// Moves only by advance(). Sleepers wake in the order of their deadlines when the loop runs next.
class manual_clock final : public clock {
 public:
  explicit manual_clock(asio::any_io_executor executor);
  ~manual_clock() override;
  [[nodiscard]] time_point now() const override { return now_; }
  awaitable<void> sleep_until(time_point deadline) override;

  void advance(duration step);
  [[nodiscard]] std::size_t sleepers() const;
  // When the first of them wakes; nothing when nobody sleeps.
  [[nodiscard]] std::optional<time_point> next_deadline() const;

 private:
  struct gate;
  asio::any_io_executor executor_;
  time_point now_{};
  std::multimap<time_point, std::shared_ptr<gate>> sleepers_;
};

}  // namespace wedgehog::loop
