#include "farm/slurm/attempt.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wedgehog::farm::slurm {
namespace {

std::string text_of(age length) {
  return describe_duration(std::chrono::duration_cast<microseconds>(length));
}

}  // namespace

void task_watch::saw(age now, std::vector<attempt> const& attempts) {
  for (auto const& seen : attempts) {
    auto known = std::find_if(attempts_.begin(), attempts_.end(), [&seen](attempt const& one) {
      return one.restarts == seen.restarts;
    });
    if (known == attempts_.end()) {
      attempts_.push_back(seen);
      attempts_.back().heard = now;
      continue;
    }
    auto const heard =
        known->written == seen.written && known->begun == seen.begun && known->sealed == seen.sealed
            ? known->heard
            : now;
    *known = seen;
    known->heard = heard;
  }
  if (won_) return;
  auto const run = std::find_if(attempts_.begin(), attempts_.end(),
                                [](attempt const& one) { return one.sealed && !one.interrupted; });
  if (run == attempts_.end()) return;
  won_ = now;
  winner_ = run->restarts;
}

void task_watch::listed(age now, std::optional<task_phase> phase) {
  bool const is_over = !phase || *phase == task_phase::ended || *phase == task_phase::lost;
  // Back in the queue after its node failed, or begun just now: the time of its silence begins
  // anew.
  if (phase == task_phase::running && phase_ != phase && !attempts_.empty())
    attempts_.back().heard = now;
  if (!is_over)
    over_since_.reset();
  else if (!over_since_)
    over_since_ = now;
  phase_ = phase;
}

void task_watch::slept(age now) {
  for (auto& one : attempts_) one.heard = now;
  if (over_since_) over_since_ = now;
  if (won_) won_ = now;
}

task_watch::step task_watch::after_the_run(attempt const& run, age now) const {
  // A second copy; or a controller that forgot that it began this one, and would do so again (Slurm
  // 22.05, killed before it saved its state, seen 2026-11).
  if (phase_ && !over() && !cancelled_) {
    bool const runs_alone = phase_ == task_phase::running && attempts_.size() == 1;
    if (runs_alone && now - *won_ < terms_.leave) return {};
    return {act::cancel, run.restarts, "its run has ended"};
  }
  for (auto const& other : attempts_) {
    if (other.sealed || !other.begun) continue;
    if (silence(other, now) >= terms_.lease)
      return {
          act::close, other.restarts,
          fmt::format("its node was lost; another attempt has ended the run, and its folder has "
                      "not grown for {}",
                      text_of(silence(other, now)))};
    // A node that cannot be told to end it plays it to its end: a folder of its own.
    if (now - *won_ < 2 * terms_.lease) return {};
  }
  return {act::report, run.restarts};
}

task_watch::step task_watch::when_over(age now) const {
  auto const& last = attempts_.back();
  if (last.sealed) return {act::report, last.restarts};
  bool const seen_by_node = phase_ == task_phase::ended;
  auto const least = seen_by_node ? terms_.settle : terms_.lease;
  auto const quiet = std::min(silence(last, now), now - *over_since_);
  // One that was cancelled before it began has nobody who could write.
  bool const never_began = !last.begun && phase_ == task_phase::lost;
  if (quiet < least && !never_began) return {};
  return {act::close, last.restarts,
          never_began ? std::string("it never began")
                      : fmt::format("Slurm {}, and its folder has not grown for {}",
                                    seen_by_node ? "saw its end" : "has lost it", text_of(quiet))};
}

task_watch::step task_watch::next(age now) const {
  if (attempts_.empty()) return {};
  for (auto const& one : attempts_)
    if (won_ && one.restarts == winner_) return after_the_run(one, now);
  auto const& newest = attempts_.back();
  for (auto const& older : attempts_)
    if (older.restarts < newest.restarts && older.begun && !older.sealed &&
        silence(older, now) >= terms_.lease)
      return {
          act::close, older.restarts,
          fmt::format("its node was lost: Slurm has begun it anew, and its folder has not grown "
                      "for {}",
                      text_of(silence(older, now)))};
  if (over()) return when_over(now);
  bool const asked_lately = cancelled_ && now - *cancelled_ < terms_.lease;
  if (phase_ == task_phase::running && !newest.sealed && silence(newest, now) >= terms_.hang &&
      !asked_lately)
    return {
        act::cancel, newest.restarts,
        fmt::format("it runs, and its folder has not grown for {}", text_of(silence(newest, now)))};
  return {};
}

}  // namespace wedgehog::farm::slurm
