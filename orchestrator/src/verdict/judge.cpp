#include "verdict/judge.hpp"

#include <algorithm>

#include "verdict/catalogue.hpp"
#include "verdict/merge.hpp"

namespace wedgehog::verdict {
namespace {

bool is_well(state_word state) {
  return state == state_word::ok || state == state_word::slow;
}

// Happens at one moment, and is seen then.
bool is_event(state_word state) {
  return state == state_word::panicked || state == state_word::rebooted ||
         state == state_word::exited || state == state_word::workload_died;
}

// Called so when somebody has been silent for long.
bool is_silence(state_word state) {
  return state == state_word::locked_up || state == state_word::userland_starved ||
         state == state_word::userland_dead;
}

}  // namespace

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
    was_well_ = !spoken_ || is_well(last_state_);
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
  said.began = began(said, merged.lasted_s);
  said.overdue = said.state == state_word::suspect &&
                 std::max(view_.used_s(), view_.now_s - since_guest_s_) >= view_.budget_s;
  return said;
}

// A guest that stood still failed when it last made progress, whatever came of that later. While a
// fault of ours holds it standing still is no failure, and an event has its own time; so it has
// where progress went on until then.
microseconds judge::began(judgement const& one, double lasted_s) const {
  double const said_s = view_.now_s - since_guest_s_;
  double lasted = std::max(said_s, lasted_s);
  if (is_silence(one.state)) lasted = std::max(lasted, said_s + view_.quiet_s);
  bool const stood = is_event(one.state)
                         ? !was_well_ && !view_.storage.somebody_holds()
                         : one.state == state_word::wedged ||
                               (!is_well(one.state) && view_.workloads.most_stuck() != nullptr);
  double const still = stood ? view_.still_s() : 0;
  if (still >= view_.recent_s || one.state == state_word::suspect) lasted = std::max(lasted, still);
  auto const before = std::chrono::duration<double>(std::min(lasted, view_.now_s) - said_s);
  return one.since - std::chrono::duration_cast<microseconds>(before);
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
