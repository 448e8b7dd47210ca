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
  std::vector<finding> found;
  for (auto const& each : catalogue())
    if (auto one = each.detect(view_)) found.push_back(std::move(*one));
  auto merged = merge(found);

  judgement said;
  said.at = now;
  said.state = *merged.state;
  said.kind = merged.kind;
  said.flags = std::move(merged.flags);
  said.because = std::move(merged.because);
  said.explained_by = std::move(merged.explained_by);
  if (!spoken_ || last_state_ != said.state || last_kind_ != said.kind) since_ = now;
  spoken_ = true;
  last_state_ = said.state;
  last_kind_ = said.kind;
  said.since = since_;
  return said;
}

bool confirmed(judgement const& one) {
  switch (one.state) {
    case state_word::wedged:
      return one.explained_by.empty();
    case state_word::locked_up:
    case state_word::panicked:
    case state_word::rebooted:
    case state_word::exited:
    case state_word::userland_starved:
    case state_word::userland_dead:
      return true;
    default:
      return false;
  }
}

}  // namespace wedgehog::verdict
