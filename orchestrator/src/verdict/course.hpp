// What was said over a run, for a person who asks why: the states in their order, and what each
// detector said from when until when, also where another one was believed. Bounded memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/judge.hpp"

namespace wedgehog::verdict {

class course {
 public:
  // Of one state, or of one detector's opinion, without a break.
  struct stretch {
    std::string said;  // "wedged/held-io", "flag oops"
    std::string_view detector;
    microseconds began{};
    microseconds until{};     // the last look at which it was said
    std::uint64_t looks = 0;  // that said so
    // That decided the state; of a state: at which it was confirmed.
    std::uint64_t counted = 0;
    std::vector<std::string> first_because;
    std::vector<std::string> last_because;
  };
  // Of each list; when there are more, those in the middle are left out.
  static constexpr std::size_t most_stretches = 256;

  // `found`: what all detectors said at that look.
  void hear(judgement const& said, std::span<finding const> found);

  [[nodiscard]] std::vector<stretch> const& states() const { return states_; }
  [[nodiscard]] std::vector<stretch> const& opinions() const { return opinions_; }
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

 private:
  stretch& add(std::vector<stretch>& to, stretch one);

  std::vector<stretch> states_;
  std::vector<stretch> opinions_;
  std::uint64_t left_out_ = 0;
  std::uint64_t looks_ = 0;
  microseconds last_look_{};
};

// "wedged/held-io", "ok".
[[nodiscard]] std::string describe(state_word state, kind_word kind);

}  // namespace wedgehog::verdict
