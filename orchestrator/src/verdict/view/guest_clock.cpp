#include "verdict/view/guest_clock.hpp"

#include <algorithm>

#include "verdict/thresholds.hpp"

namespace wedgehog::verdict {
namespace {

// So many signals in a row far in the past are a clock that was set back, not late arrivals.
constexpr int jump_signals = 64;
constexpr double jump_s = 10;

}  // namespace

stamp guest_clock::observe(microseconds at) {
  double host_s = in_seconds(at) + offset_s_;
  if (!started_) {
    started_ = true;
    latest_s_ = host_s;
  }
  if (host_s >= latest_s_) {
    if (!held_) guest_s_ += pace_ * std::min(host_s - latest_s_, thresholds::recorder_gap_s);
    latest_s_ = host_s;
    behind_ = 0;
  } else if (++behind_ >= jump_signals && latest_s_ - host_s > jump_s) {
    offset_s_ += latest_s_ - host_s;
    host_s = latest_s_;
    behind_ = 0;
  }
  return {host_s, guest_s_};
}

stamp guest_clock::at(microseconds now) const {
  if (!started_) return {in_seconds(now), 0};
  double const host_s = std::max(in_seconds(now) + offset_s_, latest_s_);
  double const passed_s = std::min(host_s - latest_s_, thresholds::recorder_gap_s);
  return {host_s, guest_s_ + (held_ ? 0 : pace_ * passed_s)};
}

}  // namespace wedgehog::verdict
