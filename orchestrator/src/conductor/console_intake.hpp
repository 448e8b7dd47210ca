// Console lines on their way into the timeline: the recipe's own rules are asked first, and a guest
// that floods its console does not fill the host's disk.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "conductor/console_rules.hpp"
#include "conductor/recorder.hpp"
#include "console/classifier.hpp"

namespace wedgehog::conductor {

class console_intake {
 public:
  // Lines a second that are kept for good, and how many may come at once beyond them. A boot has
  // about a thousand, all stacks of a guest ten thousand.
  static constexpr double lines_per_second = 500;
  static constexpr double burst = 50'000;
  // Of all lines of a run together.
  static constexpr std::uint64_t most_bytes = std::uint64_t{64} << 20U;
  // Lines of a kernel that dies, which are kept all the same.
  static constexpr int grave_lines = 5'000;

  // `fatal` hears of each line that a rule of the recipe calls so.
  console_intake(recorder& into, std::vector<plan::console_rule> const& rules,
                 std::function<void(std::string)> fatal);

  void take(std::string line, bool partial);

 private:
  [[nodiscard]] bool has_room(std::string const& line);

  recorder& into_;
  console_rules rules_;
  std::function<void(std::string)> fatal_;
  double allowance_ = burst;
  microseconds latest_{};
  std::uint64_t bytes_ = 0;
  console::classifier tables_;
  int grave_ = 0;
  std::uint64_t left_out_ = 0;
  microseconds told_{};  // when the last gap was noted
};

}  // namespace wedgehog::conductor
