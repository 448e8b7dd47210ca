#include "conductor/rejudge.hpp"

namespace wedgehog::conductor {

timeline::timeline until_evidence(timeline::timeline const& whole) {
  timeline::timeline part;
  for (auto const& one : whole.signals()) {
    auto const* mark = std::get_if<timeline::milestone>(&one.what);
    if (mark != nullptr && mark->name == "evidence-began") break;
    part.append(one);
  }
  return part;
}

verdict::run_outcome outcome_of(timeline::timeline const& whole) {
  verdict::run_outcome outcome;
  for (auto const& one : whole.signals()) {
    auto const* mark = std::get_if<timeline::milestone>(&one.what);
    if (mark == nullptr) continue;
    if (mark->name == "steps-done") outcome.steps_finished = true;
    if (mark->name == "step-failed") outcome.failed_step = mark->detail;
    if (mark->name == "host-trouble") outcome.host_trouble.push_back(mark->detail);
    if (mark->name == "fault-never-fired") outcome.never_fired.push_back(mark->detail);
  }
  return outcome;
}

verdict::budgets granted_by(plan::plan const& what, double time_scale) {
  auto const stretched = static_cast<double>(what.limits.no_progress.count());
  return {.no_progress = microseconds(static_cast<microseconds::rep>(stretched / time_scale)),
          .time_scale = time_scale};
}

verdict::final_verdict judge_again(timeline::timeline const& whole, plan::plan const& what,
                                   double time_scale) {
  auto const part = until_evidence(whole);
  return verdict::verdict_of_run(part, granted_by(what, time_scale), outcome_of(part));
}

}  // namespace wedgehog::conductor
