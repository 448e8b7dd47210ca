// The verdict of a whole run: its timeline judged from end to end, and what became of its steps.
#pragma once

#include <string>
#include <vector>

#include "timeline/timeline.hpp"
#include "verdict/judge.hpp"

namespace wedgehog::verdict {

// What the conductor knows beside the timeline.
struct run_outcome {
  bool steps_finished = false;
  std::string failed_step;         // "3 'run fsck': exit code 4"; empty = none
  std::vector<std::string> unmet;  // expectations that were not met
  std::vector<std::string>
      never_fired;  // faults that hit nothing although the recipe says they must
  std::vector<std::string> host_trouble;  // what the host did to the run
};

struct final_verdict {
  run_word word = run_word::unknown;
  kind_word kind = kind_word::none;
  std::vector<flag_word> flags;
  std::vector<std::string> because;
  microseconds since{};      // when the deciding state began; zero where none decided
  bool invalid = false;      // the host spoiled the run or a fault never fired; `word` may say more
  std::string explained_by;  // our own fault, when that is what held the guest to the end
};

[[nodiscard]] final_verdict verdict_of_run(timeline::timeline const& whole, budgets const& granted,
                                           run_outcome const& outcome);

}  // namespace wedgehog::verdict
