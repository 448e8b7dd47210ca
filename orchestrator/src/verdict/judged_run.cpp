#include "verdict/judged_run.hpp"

#include <algorithm>

#include "timeline/milestones.hpp"
#include "verdict/wedge_name.hpp"

namespace wedgehog::verdict {
namespace {

// A host in trouble may say so every second.
constexpr std::size_t most_complaints = 64;
constexpr std::size_t most_probes = 64;

void keep(std::vector<std::string>& list, std::string const& text) {
  if (list.size() < most_complaints) list.push_back(text);
}

// Whoever stopped the run did not prove a wedge; an oops was seen all the same.
void withdraw(judged_run::conclusion& made, std::vector<std::string> const& host_trouble) {
  made.stopped = true;
  made.said.word = run_word::unknown;
  made.said.kind = kind_word::none;
  made.said.because = {"stopped by the user"};
  for (auto const& trouble : host_trouble) made.said.because.push_back("host: " + trouble);
  if (!made.said.has(flag_word::oops)) made.signature.clear();
}

}  // namespace

budgets granted_by(plan::plan const& what, double time_scale) {
  auto const stretched = static_cast<double>(what.limits.no_progress.count());
  budgets granted{
      .no_progress = microseconds(static_cast<microseconds::rep>(stretched / time_scale)),
      .time_scale = time_scale};
  if (what.recovery)
    granted.recovery = recovery_terms{what.recovery->within, what.recovery->at_most};
  return granted;
}

judged_run::judged_run(budgets const& granted, course* told) : verdict_(granted, told) {}

void judged_run::observe(timeline::signal const& one) {
  latest_ = std::max(latest_, one.at);
  if (auto const* probe = std::get_if<timeline::probe>(&one.what))
    if (asked_.size() < most_probes) asked_.push_back(*probe);
  if (ended_) return;
  if (auto const* step = std::get_if<timeline::step>(&one.what);
      step != nullptr && step->phase == "failed" && failed_step_.path.empty())
    failed_step_ = *step;
  if (auto const* mark = std::get_if<timeline::milestone>(&one.what)) {
    if (timeline::is(*mark, timeline::reached::evidence_began)) {
      ended_ = true;
      return;
    }
    if (timeline::is(*mark, timeline::reached::guest_ready) && !ready_) ready_ = one.at;
    if (timeline::is(*mark, timeline::reached::stop_asked)) stopped_ = true;
    if (timeline::is(*mark, timeline::reached::steps_done)) outcome_.steps_finished = true;
    if (timeline::is(*mark, timeline::reached::step_failed)) outcome_.failed_step = mark->detail;
    // A step cannot be done on a machine whose guest has ended: that is no trouble of the host.
    bool const of_the_end = !failed_step_.path.empty() && verdict_.seen().machine.guest_has_ended();
    if (timeline::is(*mark, timeline::reached::host_trouble)) {
      if (of_the_end)
        outcome_.failed_step = mark->detail;
      else
        keep(outcome_.host_trouble, mark->detail);
    }
    if (timeline::is(*mark, timeline::reached::fault_never_fired))
      keep(outcome_.never_fired, mark->detail);
  }
  verdict_.observe(one);
  names_.observe(one);
}

judged_run::conclusion judged_run::conclude() {
  conclusion made;
  made.said = verdict_.conclude(outcome_);
  made.signature = names_.name_for(made.said, verdict_.seen());
  made.stuck = standing_tasks(verdict_.seen().kernel);
  made.failed_step = failed_step_;
  made.ready = ready_;
  if (stopped_) withdraw(made, outcome_.host_trouble);
  return made;
}

}  // namespace wedgehog::verdict
