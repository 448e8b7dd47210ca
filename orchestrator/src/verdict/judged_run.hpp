// The one judge of a run, live or stored, signal by signal in bounded memory: everything that the
// verdict rests on is in its timeline, so both can never differ. A live run hands it every signal
// that it records, asks at() how the guest is and conclude() when it has recorded `run-ended`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/plan.hpp"
#include "verdict/failure_names.hpp"
#include "verdict/run_verdict.hpp"

namespace wedgehog::verdict {

// The plan's budgets as the judge wants them. The plan's are already stretched by `time_scale`,
// which must be above zero.
[[nodiscard]] budgets granted_by(plan::plan const& what, double time_scale);

class judged_run {
 public:
  // `told`, when given, hears of every look and must outlive this.
  explicit judged_run(budgets const& granted, course* told = nullptr);

  // What follows the milestone `evidence-began` is ignored, but for what probes were answered: what
  // the taking of evidence did to the guest is not judged.
  void observe(timeline::signal const& one);

  // How the guest is: what was said at the last look, which are a second apart and lie where the
  // signals put them, however often one asks. `now` is that of the latest signal or later, and
  // every signal before it was observed.
  judgement const& at(microseconds now) { return verdict_.at(now); }
  [[nodiscard]] recovery_finding recovery() const { return verdict_.recovery().said(); }
  [[nodiscard]] bool recovery_over() const { return verdict_.recovery().over(); }

  struct conclusion {
    final_verdict said;
    std::string signature;
    std::vector<timeline::blocked_task> stuck;  // when the guest was last looked at
    timeline::step failed_step;                 // the first that failed; without a path: none did
    std::optional<microseconds> ready;          // when the guest was, for the first time
    bool stopped = false;  // by a person, before the run was judged: nothing was proven
  };
  // Over what was observed so far. Call it once, at the end.
  [[nodiscard]] conclusion conclude();

  // What became of the steps, as the timeline tells.
  [[nodiscard]] run_outcome const& outcome() const { return outcome_; }
  [[nodiscard]] bool ended() const { return ended_; }
  // The first 64 probes and what came of them: asked for evidence, that is after the conclusion.
  [[nodiscard]] std::vector<timeline::probe> const& asked() const { return asked_; }
  // When the guest was ready for the first time.
  [[nodiscard]] std::optional<microseconds> ready() const { return ready_; }
  // Of what was observed.
  [[nodiscard]] microseconds latest() const { return latest_; }

 private:
  running_verdict verdict_;
  failure_names names_;
  run_outcome outcome_;
  std::vector<timeline::probe> asked_;
  bool ended_ = false;
  timeline::step failed_step_;
  bool stopped_ = false;
  std::optional<microseconds> ready_;
  microseconds latest_{};
};

}  // namespace wedgehog::verdict
