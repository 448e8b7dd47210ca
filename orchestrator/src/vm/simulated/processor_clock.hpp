// The time that a machine's processors see: it stands still while they do.
#pragma once

#include "loop/bell.hpp"

namespace wedgehog::vm::simulated {

class processor_clock final : public loop::clock {
 public:
  processor_clock(loop::asio::any_io_executor const& executor, loop::clock& host)
      : host_(host), goes_on_(executor) {}

  // Since power-on, without the time that they stood.
  [[nodiscard]] loop::time_point now() const override;
  loop::awaitable<void> sleep_until(loop::time_point deadline) override;
  loop::awaitable<void> until_running();

  void run(bool running);
  [[nodiscard]] bool running() const { return running_; }

 private:
  loop::clock& host_;
  loop::bell goes_on_;
  bool running_ = false;
  loop::time_point ran_{};
  loop::time_point since_{};
};

}  // namespace wedgehog::vm::simulated
