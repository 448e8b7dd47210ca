// A fault disk that is about to be drained by a client that will ask again.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "nbd/fault_disk_parts.hpp"

namespace wedgehog::nbd {

bool fault_disk::fails_while_frozen(operation what) const {
  return what == operation::read ? frozen_->fails_reads : frozen_->fails_others;
}

bool fault_disk::passes_while_frozen(request const& what, condition const& by) const {
  switch (by.makes_wait()) {
    case condition::waiting::none:
      return false;
    case condition::waiting::delays:
      return true;
    case condition::waiting::holds:
      // What captures the machine flushes its disks first, and would fail on an error here.
      return what.what == operation::flush || !fails_while_frozen(what.what);
  }
  return false;
}

// `one` waits for `by`.
void fault_disk::fail_for_now(flight& one, placed const& by) {
  kept_.push_back({.what = one.asked.what,
                   .from = one.asked.offset,
                   .end = one.asked.offset + one.asked.length,
                   .waits_for = by.number,
                   .arrived = one.arrived,
                   .since = one.waits_since,
                   .due = one.due,
                   .held = one.held,
                   .offset = one.offset,
                   .length = one.length,
                   .durable = one.durable,
                   .altered = one.altered,
                   .looks_at_return = one.looks_at_return});
  answer(one, EIO, by.number);
}

freeze_report fault_disk::freeze(freeze_choice const& choice) {
  frozen_ = choice;
  freeze_report report;
  auto const now = now_();
  for (auto* one : pick([](flight const& f) { return f.waits_for != 0; })) {
    bool const detains = one->held || (choice.patience && one->due > now + *choice.patience);
    if (detains) {
      if (!fails_while_frozen(one->asked.what)) continue;
      ++report.failed;
      if (auto const* const by = find(one->waits_for))
        fail_for_now(*one, *by);
      else
        answer(*one, EIO);
    } else if (!choice.patience) {
      ++report.let_through;
      resume(*one, now);
    }
  }
  tell({.what = "frozen",
        .detail = fmt::format("{} held requests failed, {} delayed let through", report.failed,
                              report.let_through)});
  changed();
  return report;
}

void fault_disk::expect_nothing_again() {
  kept_.clear();
}

void fault_disk::thaw() {
  frozen_.reset();
  tell({.what = "thawed"});
}

detention fault_disk::detained(microseconds patience) const {
  detention found;
  auto const limit = now_() + patience;
  for (auto const* one = oldest_; one != nullptr; one = one->newer)
    if (one->held || (one->waits_for != 0 && one->due > limit))
      (one->asked.what == operation::read ? found.reads : found.others) = true;
  return found;
}

// A request that a freeze had failed goes on waiting where it did, and is as old as it was; what it
// met before that, it does not meet again.
bool fault_disk::waits_again(flight& one, time_point now) {
  if (frozen_) return false;
  auto const begin = one.asked.offset;
  auto const end = begin + one.asked.length;
  std::optional<kept_request> first;
  for (auto each = kept_.begin(); each != kept_.end();) {
    bool const flush = one.asked.what == operation::flush;
    bool const touches = flush ? !first : begin < each->end && each->from < end;
    bool const same = each->what == one.asked.what && touches;
    if (!same) {
      ++each;
      continue;
    }
    if (!first) first = *each;
    // A piece of it: the rest is still to come.
    if (!flush && each->from < begin && each->end <= end)
      (each++)->end = begin;
    else if (!flush && each->from >= begin && each->end > end)
      (each++)->from = end;
    else
      each = kept_.erase(each);
  }
  auto* const by = first ? find(first->waits_for) : nullptr;
  if (by == nullptr) return false;
  one.passed = by->number;
  one.arrived = first->arrived;
  if (first->from == begin && first->end == end) {
    one.offset = first->offset;
    one.length = first->length;
    one.durable = first->durable;
    one.altered = std::move(first->altered);
    one.looks_at_return = std::move(first->looks_at_return);
  }
  wait(one, by->number, first->due, first->held, now);
  one.waits_since = first->since;
  if (!first->held)
    one.delayed = std::chrono::duration_cast<microseconds>(first->due - first->since);
  tell({.what = "held again",
        .name = by->spec.name,
        .kind = std::string(by->spec.kind->name),
        .detail = fmt::format("request {}: {} of {} bytes at {}, {:.1f} s after it was first asked",
                              one.serial, name_of(one.asked.what), one.asked.length, begin,
                              std::chrono::duration<double>(now - one.arrived).count()),
        .hits = by->hits});
  return true;
}

}  // namespace wedgehog::nbd
