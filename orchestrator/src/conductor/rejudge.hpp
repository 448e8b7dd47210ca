// Judging a run, live or stored, signal by signal in bounded memory: everything that the verdict
// rests on is in its timeline.
#pragma once

#include <string>
#include <vector>

#include "conductor/naming.hpp"
#include "plan/plan.hpp"
#include "verdict/run_verdict.hpp"

namespace wedgehog::conductor {

// The plan's budgets as the judge wants them. The plan's are already stretched by `time_scale`,
// which must be above zero.
[[nodiscard]] verdict::budgets granted_by(plan::plan const& what, double time_scale);

class judged_run {
 public:
  // `told`, when given, hears of every look and must outlive this.
  explicit judged_run(verdict::budgets const& granted, verdict::course* told = nullptr);

  // What follows the milestone `evidence-began` is ignored, but for what probes were answered: what
  // the taking of evidence did to the guest is not judged.
  void observe(timeline::signal const& one);

  struct conclusion {
    verdict::final_verdict said;
    std::string signature;
    std::vector<timeline::blocked_task> stuck;  // when the guest was last looked at
    std::vector<timeline::probe> asked;         // of the first 64 probes
  };
  // Over what was observed so far. Call it once, at the end.
  [[nodiscard]] conclusion conclude();

  // What became of the steps, as the timeline tells.
  [[nodiscard]] verdict::run_outcome const& outcome() const { return outcome_; }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  verdict::running_verdict verdict_;
  failure_names names_;
  verdict::run_outcome outcome_;
  std::vector<timeline::probe> asked_;
  bool ended_ = false;
};

}  // namespace wedgehog::conductor
