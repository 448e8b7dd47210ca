#include "verdict/judge.hpp"

#include <algorithm>

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
  // Before it was called so it was there for quiet_s, or for as long as its detector knows.
  said.confirmed =
      merged.sure ||
      beyond_doubt(said, std::max(view_.now_s - since_guest_s_ + view_.quiet_s, merged.lasted_s));
  said.overdue = said.state == state_word::suspect &&
                 std::max(view_.used_s(), view_.now_s - since_guest_s_) >= view_.budget_s;
  return said;
}

bool judge::beyond_doubt(judgement const& one, double lasted_s) const {
  switch (one.state) {
    case state_word::panicked:
    case state_word::rebooted:
    case state_word::exited:
      return true;
    case state_word::host_stopped:
      return !view_.machine.alive;
    case state_word::wedged:
      return one.explained_by.empty() || view_.faults.lasting.contains(one.explained_by);
    case state_word::locked_up:
    case state_word::userland_starved:
    case state_word::userland_dead:
      return lasted_s >= view_.budget_s;
    default:
      return false;
  }
}

}  // namespace wedgehog::verdict
