// The verdict of a whole run, folded signal by signal in bounded memory: what the states of its
// machine came to, and what became of its steps.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "timeline/timeline.hpp"
#include "verdict/course.hpp"
#include "verdict/judge.hpp"
#include "verdict/recovery.hpp"

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
  microseconds began{};      // when what is said began, though it was found out later
  double lasted_s = 0;       // from then to the end of what is judged
  bool invalid = false;      // the host spoiled the run or a fault never fired; `word` may say more
  std::string explained_by;  // our own fault, when that is what held the guest to the end
  recovery_word recovery = recovery_word::none;
  double recovery_s = 0;  // from healing to progress; never: for so long it was waited for

  [[nodiscard]] bool has(flag_word flag) const {
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
  }
};

// Looks once a second of signal time, whoever feeds and asks it and when: judged again, a run looks
// the same.
class running_verdict {
 public:
  // `told`, when given, hears of every look and must outlive this.
  explicit running_verdict(budgets const& granted, course* told = nullptr);

  // What follows the milestone `machine-stopping` is our own doing and not judged.
  void observe(timeline::signal const& one);
  // What the last look at or before `now` said; no signal before `now` may come any more.
  judgement const& at(microseconds now);
  [[nodiscard]] view const& seen() const { return sitting_.seen(); }
  [[nodiscard]] recovery_watch const& recovery() const { return recovery_; }
  // Looks a last time, at the latest moment that was observed. Call it once, at the end.
  [[nodiscard]] final_verdict conclude(run_outcome const& outcome);

 private:
  void look_until(microseconds now);
  void look(microseconds now);
  void account_for_damage(final_verdict& said) const;

  judge sitting_;
  course* told_;
  std::optional<microseconds> next_;
  microseconds latest_{};
  bool stopping_ = false;
  std::optional<judgement> confirmed_;  // the first that would have ended the run
  std::optional<judgement> broken_;     // how it looked when its recovery began
  std::optional<judgement> overcome_;   // what would have ended the run, had it not recovered
  judgement last_;
  recovery_watch recovery_;
  std::uint64_t looks_ = 0;  // while a workload ran
  std::uint64_t slow_ = 0;   // of those
  std::string damage_;       // what a file system said of itself that no fault of ours explains
  microseconds damaged_{};   // when it did
  std::optional<microseconds> step_failed_;  // when the first did
  std::optional<judgement> starved_;         // what was last said of a host that starves the guest
  microseconds starved_until_{};
  bool unanswered_for_the_host_ = false;  // that step: the guest owed its answer to such a host
};

[[nodiscard]] final_verdict verdict_of_run(timeline::timeline const& whole, budgets const& granted,
                                           run_outcome const& outcome);

}  // namespace wedgehog::verdict
