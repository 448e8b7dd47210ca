#include "loop/watched_clock.hpp"

namespace wedgehog::loop {

void watched_clock::look() const {
  auto const now = time_.now();
  auto const since = now - latest_;
  if (kept_ && since > beat + tolerated_lag) missed_ += since - beat;
  latest_ = now;
}

awaitable<void> watched_clock::keep() {
  latest_ = time_.now();
  kept_ = true;
  for (;;) {
    co_await time_.sleep_for(beat);
    look();
  }
}

time_point watched_clock::now() const {
  look();
  return latest_ - missed_;
}

duration watched_clock::missed() const {
  look();
  return missed_;
}

awaitable<void> watched_clock::sleep_until(time_point deadline) {
  for (auto left = deadline - now(); left > duration::zero(); left = deadline - now())
    co_await time_.sleep_for(left);
}

}  // namespace wedgehog::loop
