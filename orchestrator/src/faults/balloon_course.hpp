// How a balloon driver obeys: told what QEMU says from time to time, it notices when the driver has
// arrived, has stopped half way, or has given more than was asked. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/units.hpp"

namespace wedgehog::faults {

class balloon_course {
 public:
  // A driver without movement for `patience` has stopped.
  balloon_course(std::uint64_t target, microseconds patience)
      : target_(target), patience_(patience) {}

  // `left`: what QEMU says the guest has at this moment. What is worth telling, once each.
  std::optional<std::string> see(microseconds at, std::uint64_t left);

  [[nodiscard]] bool stopped() const { return state_ == state::stopped; }
  [[nodiscard]] bool arrived() const { return state_ == state::arrived; }
  // The least that was left to the guest; nothing before the first look.
  [[nodiscard]] std::optional<std::uint64_t> least() const { return least_; }

 private:
  enum class state { moving, stopped, arrived };

  std::uint64_t target_;
  microseconds patience_;
  state state_ = state::moving;
  bool overshot_ = false;
  std::optional<microseconds> began_;
  std::optional<std::uint64_t> left_;
  std::optional<std::uint64_t> least_;
  microseconds moved_{};
};

}  // namespace wedgehog::faults
