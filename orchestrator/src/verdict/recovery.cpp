#include "verdict/recovery.hpp"
#include "verdict/run_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include "timeline/milestones.hpp"

namespace wedgehog::verdict {

void recovery_watch::observe(timeline::signal const& one, view const& seen) {
  if (!terms_) return;
  // The same clock as the view's.
  stamp const when = clock_.observe(one.at);
  clock_.hold(seen.machine.held() || seen.starved(when.host_s));
  now_s_ = std::max(now_s_, when.guest_s);
  auto const* mark = std::get_if<timeline::milestone>(&one.what);
  if (mark != nullptr && timeline::is(*mark, timeline::reached::recovery_began)) {
    began_ = true;
    why_ = mark->detail.substr(0, 200);
    for (auto const& [name, disk] : seen.storage.disks)
      if (disk.held > 0) {
        held_by_ = disk.held_by;
        held_ = fmt::format("{} request{} of disk {}", disk.held, disk.held == 1 ? "" : "s", name);
      }
  }
  if (mark != nullptr && timeline::is(*mark, timeline::reached::faults_healed) && began_ &&
      !healed_s_)
    heal(when, seen);
  if (!healed_s_ || recovered_s_) return;
  if (source_ == source::workloads) look_at_workloads(seen);
  auto const* canary = std::get_if<timeline::canary>(&one.what);
  if (source_ == source::canary && canary != nullptr && canary->completed > 0)
    recovered_s_ = when.guest_s;
  auto const* step = std::get_if<timeline::step>(&one.what);
  bool const step_ended = step != nullptr && step->phase == "ended";
  bool const step_moved = mark != nullptr && timeline::is(*mark, timeline::reached::progress);
  if (source_ == source::steps && (step_ended || step_moved)) recovered_s_ = when.guest_s;
}

void recovery_watch::heal(stamp when, view const& seen) {
  healed_s_ = when.guest_s;
  for (auto const& [name, work] : seen.workloads.all)
    if (work.running()) waiting_[name] = std::nullopt;
  if (!waiting_.empty())
    source_ = source::workloads;
  else if (seen.life.canaries > 0)
    source_ = source::canary;
  else if (!seen.steps.empty())
    source_ = source::steps;
}

void recovery_watch::look_at_workloads(view const& seen) {
  bool all = true;
  double latest = *healed_s_;
  for (auto& [name, moved_s] : waiting_) {
    auto const found = seen.workloads.all.find(name);
    if (found == seen.workloads.all.end()) return;
    auto const& work = found->second;
    bool const ended_well = !work.running() && work.exit_code.value_or(0) == 0;
    if (!moved_s && (work.progress_s > *healed_s_ || ended_well))
      moved_s = std::max(*healed_s_, ended_well ? now_s_ : work.progress_s);
    all = all && moved_s;
    if (moved_s) latest = std::max(latest, *moved_s);
  }
  if (all) recovered_s_ = latest;
}

recovery_finding recovery_watch::said() const {
  recovery_finding found;
  found.began = began_;
  found.began_why = why_;
  found.held_by = held_by_;
  found.held = held_;
  if (!healed_s_ || !terms_) return found;
  switch (source_) {
    case source::workloads:
      for (auto const& [name, moved_s] : waiting_) {
        if (!recovered_s_ && moved_s) continue;
        found.who += fmt::format("{}'{}'", found.who.empty() ? "workload " : ", ", name);
      }
      break;
    case source::canary:
      found.who = "the canary";
      break;
    case source::steps:
      found.who = "a step";
      break;
    case source::nothing:
      return found;
  }
  found.after_s = recovered_s_.value_or(now_s_) - *healed_s_;
  if (recovered_s_)
    found.word = found.after_s <= in_seconds(terms_->within) ? recovery_word::recovered
                                                             : recovery_word::recovered_late;
  else if (found.after_s >= in_seconds(terms_->at_most))
    found.word = recovery_word::never_recovered;
  return found;
}

bool recovery_watch::over() const {
  if (!healed_s_) return false;
  return source_ == source::nothing || said().word != recovery_word::none;
}

namespace {

void add_progress(recovery_finding const& found, std::optional<judgement> const& overcome,
                  run_outcome const& outcome, final_verdict& said) {
  bool const late = found.word == recovery_word::recovered_late;
  bool const open = said.word == run_word::passed || said.word == run_word::slow ||
                    said.word == run_word::unknown;
  bool const cut_short =
      !outcome.steps_finished && outcome.failed_step.empty() && outcome.unmet.empty();
  if (open && (cut_short || late)) {
    said.word = run_word::slow;
    if (cut_short) said.because.clear();
    if (overcome) {
      said.because = overcome->because;
      said.explained_by = overcome->explained_by;
      said.since = overcome->since;
      said.began = overcome->began;
    }
    if (!found.held_by.empty()) said.explained_by = found.held_by;
    if (cut_short) said.because.push_back("the recovery ended the run: " + found.began_why);
  }
  if (!found.held_by.empty())
    said.because.push_back(
        fmt::format("until then fault '{}' of ours held {}", found.held_by, found.held));
  said.because.push_back(
      fmt::format("recovered{}: {} made progress {:.1f} s after all faults were "
                  "healed",
                  late ? " late" : "", found.who, found.after_s));
}

void add_no_progress(recovery_finding const& found, judgement const& last, final_verdict& said) {
  bool const open = said.word == run_word::passed || said.word == run_word::slow ||
                    said.word == run_word::unknown;
  // Not even then: what was only suspected is a wedge. Storage that still completes is slow,
  // however long it takes.
  if (open && last.state == state_word::slow) said.word = run_word::slow;
  if (open && (last.state == state_word::suspect || last.state == state_word::wedged)) {
    said.word = run_word::wedged;
    said.kind = last.kind;
    said.because = last.because;
    said.since = last.since;
    said.began = last.began;
  }
  said.because.push_back(
      fmt::format("never recovered: {} made no progress, and all faults were "
                  "healed {:.0f} s ago",
                  found.who, found.after_s));
}

}  // namespace

void account_for_recovery(recovery_finding const& found, std::optional<judgement> const& overcome,
                          judgement const& last, run_outcome const& outcome, final_verdict& said) {
  if (!found.began) return;
  said.recovery = found.word;
  said.recovery_s = found.after_s;
  switch (found.word) {
    case recovery_word::recovered:
    case recovery_word::recovered_late:
      add_progress(found, overcome, outcome, said);
      break;
    case recovery_word::never_recovered:
      add_no_progress(found, last, said);
      break;
    case recovery_word::none:
      said.because.push_back(found.who.empty()
                                 ? "nothing ran that could show a recovery"
                                 : fmt::format("the run ended {:.1f} s after all faults were "
                                               "healed, before a recovery could be told",
                                               found.after_s));
      break;
  }
}

}  // namespace wedgehog::verdict
