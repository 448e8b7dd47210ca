#include "verdict/judge.hpp"

#include "verdict/catalogue.hpp"
#include "verdict/merge.hpp"

namespace wedgehog::verdict {

judge::judge(budgets granted) : view_(granted) {}

void judge::observe(timeline::signal const& one) {
  view_.observe(one);
}

judgement judge::at(microseconds now) {
  view_.look(now);
  found_.clear();
  for (auto const& each : catalogue())
    if (auto one = each.detect(view_)) {
      one->detector = each.name;
      found_.push_back(std::move(*one));
    }
  auto merged = merge(found_);

  judgement said;
  said.at = now;
  said.state = *merged.state;
  said.kind = merged.kind;
  said.flags = std::move(merged.flags);
  said.because = std::move(merged.because);
  said.detector = merged.detector;
  said.explained_by = std::move(merged.explained_by);
  if (!spoken_ || last_state_ != said.state || last_kind_ != said.kind) {
    since_ = now;
    since_guest_s_ = view_.now_s;
  }
  spoken_ = true;
  last_state_ = said.state;
  last_kind_ = said.kind;
  said.since = since_;
  said.confirmed = beyond_doubt(said);
  return said;
}

bool judge::beyond_doubt(judgement const& one) const {
  switch (one.state) {
    case state_word::panicked:
    case state_word::rebooted:
    case state_word::exited:
      return true;
    case state_word::wedged:
      return one.explained_by.empty() || view_.lasting_faults.contains(one.explained_by);
    case state_word::locked_up:
    case state_word::userland_starved:
    case state_word::userland_dead:
      // They were there for quiet_s before they were called so.
      return view_.now_s - since_guest_s_ + view_.quiet_s >= view_.budget_s;
    default:
      return false;
  }
}

}  // namespace wedgehog::verdict
