#include "faults/balloon_course.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wedgehog::faults {
namespace {

// A driver works in pages and in groups of 256 of them (virtio 1.1, 5.5): less is no difference.
constexpr std::uint64_t slack = 2U << 20U;

double seconds(microseconds span) {
  return std::chrono::duration<double>(span).count();
}

}  // namespace

std::optional<std::string> balloon_course::see(microseconds at, std::uint64_t left) {
  if (!began_) began_ = at;
  if (!left_ || *left_ != left) moved_ = at;
  left_ = left;
  least_ = std::min(least_.value_or(left), left);
  if (left + slack < target_ && !overshot_) {
    overshot_ = true;
    state_ = state::arrived;
    return fmt::format("the guest gave more than was asked: {} are left instead of {}",
                       print_size(left), print_size(target_));
  }
  if (state_ != state::arrived && left <= target_ + slack) {
    state_ = state::arrived;
    return fmt::format("the guest gave it all within {:.1f} s", seconds(at - *began_));
  }
  if (state_ == state::stopped && moved_ == at) {
    state_ = state::moving;
    return fmt::format("the driver moves again: {} are left", print_size(left));
  }
  if (state_ == state::moving && at - moved_ >= patience_) {
    state_ = state::stopped;
    return fmt::format(
        "the driver has stopped: {} are left instead of {}, no movement for {:.0f} s",
        print_size(left), print_size(target_), seconds(at - moved_));
  }
  return std::nullopt;
}

}  // namespace wedgehog::faults
