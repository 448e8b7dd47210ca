// Whether the guest recovered once all faults were healed: told from the timeline alone, while the
// run lives and when it is judged again. The milestones "recovery-began", "faults-healed" and
// "recovery-ended" mark the time.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "timeline/signal.hpp"
#include "verdict/judge.hpp"

namespace wedgehog::verdict {

struct run_outcome;
struct final_verdict;

struct recovery_finding {
  recovery_word word = recovery_word::none;
  bool began = false;  // there was a recovery, though perhaps cut short before it could be told
  double after_s = 0;  // from healing to the progress of the last one; never: so long it was given
  std::string who;     // made progress, or did not
  std::string began_why;  // as the conductor said
  std::string held_by;    // the fault that held requests when it began, if any did
  std::string held;       // what it held, in words
};

// Progress is that of every workload that ran when the faults were healed; without any, that of the
// canary; without one, of the steps. Time during which the host held the guest does not count.
class recovery_watch {
 public:
  explicit recovery_watch(std::optional<recovery_terms> terms) : terms_(terms) {}

  // `seen` has observed the signal already.
  void observe(timeline::signal const& one, view const& seen);

  [[nodiscard]] recovery_finding said() const;
  // Nothing that may come would change the word.
  [[nodiscard]] bool over() const;

 private:
  void heal(stamp when, view const& seen);
  void look_at_workloads(view const& seen);

  std::optional<recovery_terms> terms_;
  guest_clock clock_;
  bool began_ = false;
  std::string why_;
  std::string held_by_;
  std::string held_;
  std::optional<double> healed_s_;
  std::optional<double> recovered_s_;
  double now_s_ = 0;
  enum class source { nothing, workloads, canary, steps } source_ = source::nothing;
  std::map<std::string, std::optional<double>> waiting_;  // workload: when it moved first
};

// Puts the finding into the verdict of the run. `overcome`: the judgement that would have ended the
// run, had the guest not recovered; `last`: how the run looked when it ended.
void account_for_recovery(recovery_finding const& found, std::optional<judgement> const& overcome,
                          judgement const& last, run_outcome const& outcome, final_verdict& said);

}  // namespace wedgehog::verdict
