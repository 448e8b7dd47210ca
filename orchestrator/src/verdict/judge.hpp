// The judge: signals in, at any moment a judgement out. Online and causal: what it says of a moment
// rests on the signals observed until then, on each in amortised constant time and bounded memory.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "timeline/signal.hpp"
#include "verdict/finding.hpp"
#include "verdict/thresholds.hpp"
#include "verdict/view/view.hpp"
#include "verdict/words.hpp"

namespace wedgehog::verdict {

struct judgement {
  microseconds at{};
  state_word state = state_word::ok;
  kind_word kind = kind_word::none;
  std::vector<flag_word> flags;
  std::vector<std::string> because;  // plain words and the numbers behind them
  std::string_view detector;         // who named the state; empty: nobody had anything to say
  microseconds since{};              // when this state began to be what the judge said
  microseconds began{};              // when it began: before anybody could say so
  std::string explained_by;          // name of our own fault that holds the guest, when one does
  // The conductor may stop the run: waiting would not change what is said. True for panicked,
  // rebooted and exited at once; for wedged, which is said only beyond the budget, unless a fault
  // of ours holds the request and the plan will heal it; for locked-up, userland-starved and
  // userland-dead when they lasted for the budget; for a workload that failed, a file system that
  // was given up, and a halted kernel when their detector is sure.
  bool confirmed = false;
  bool overdue = false;  // no progress beyond the budget, and nobody knows why
};

class judge {
 public:
  explicit judge(budgets granted = {});

  void observe(timeline::signal const& one);
  // Not const: it remembers since when the state holds. `now` must not run backwards.
  judgement at(microseconds now);

  [[nodiscard]] view const& seen() const { return view_; }
  // What every detector said when at() was last called, in the order in which they are believed.
  [[nodiscard]] std::span<finding const> found() const { return found_; }

 private:
  view view_;
  std::vector<finding> found_;
  bool spoken_ = false;
  state_word last_state_ = state_word::ok;
  kind_word last_kind_ = kind_word::none;
  microseconds since_{};
  double since_guest_s_ = 0;
  bool was_well_ = true;  // before it

  [[nodiscard]] bool beyond_doubt(judgement const& one, double lasted_s) const;
  [[nodiscard]] microseconds began(judgement const& one, double lasted_s) const;
};

}  // namespace wedgehog::verdict
