#include "vm/simulated/processor_clock.hpp"

namespace wedgehog::vm::simulated {

loop::time_point processor_clock::now() const {
  return running_ ? ran_ + (host_.now() - since_) : ran_;
}

void processor_clock::run(bool running) {
  if (running == running_) return;
  ran_ = now();
  since_ = host_.now();
  running_ = running;
  if (running_) goes_on_.ring();
}

loop::awaitable<void> processor_clock::until_running() {
  while (!running_) co_await goes_on_.wait();
}

loop::awaitable<void> processor_clock::sleep_until(loop::time_point deadline) {
  for (;;) {
    co_await until_running();
    if (now() >= deadline) break;
    co_await host_.sleep_for(deadline - now());
  }
}

}  // namespace wedgehog::vm::simulated
