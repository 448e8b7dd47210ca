// How much may pass: so much at once, and so much a second. Both sides hold the other's floods, and
// those of workloads, to it. Time is passed in.
#pragma once

#include <algorithm>
#include <cstdint>

namespace wedgehog::wire {

class allowance {
 public:
  // Full at first.
  allowance(std::uint64_t at_once, std::uint64_t per_second)
      : at_once_(at_once), per_second_(per_second), left_(at_once) {}

  // What may pass now. `now_us` is of any monotonic clock.
  std::uint64_t left(std::uint64_t now_us) {
    if (!begun_ || now_us < since_us_) since_us_ = now_us;
    begun_ = true;
    // An hour refills everything there is; more would only overflow.
    auto const passed = std::min<std::uint64_t>(now_us - since_us_, 3600ULL * 1000000);
    auto const gained = passed * per_second_ / 1000000;
    if (gained == 0) return left_;
    left_ += std::min(gained, at_once_ - left_);
    since_us_ = now_us;
    return left_;
  }
  void spend(std::uint64_t amount) { left_ -= std::min(left_, amount); }
  // Spends all of `amount`, or nothing.
  bool take(std::uint64_t amount, std::uint64_t now_us) {
    if (left(now_us) < amount) return false;
    spend(amount);
    return true;
  }

 private:
  std::uint64_t at_once_;
  std::uint64_t per_second_;
  std::uint64_t left_;
  std::uint64_t since_us_ = 0;
  bool begun_ = false;
};

}  // namespace wedgehog::wire
