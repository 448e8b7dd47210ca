#include "verdict/run_verdict.hpp"

#include <fmt/format.h>

#include <optional>
#include "timeline/milestones.hpp"

namespace wedgehog::verdict {
namespace {

constexpr microseconds look_every = std::chrono::seconds(1);
// Nothing that was not heard by then is news: silence does not count against a budget.
constexpr microseconds longest_silence = std::chrono::seconds(10);
// A guest that was starved so lately may owe an answer to that.
constexpr microseconds starved_of_late = std::chrono::seconds(30);
// As agent::link says it of every request.
constexpr std::string_view no_answer = "the guest's agent did not answer within";

run_word word_of(state_word state) {
  run_word word = run_word::unknown;
  if (state == state_word::ok) return run_word::passed;
  (void)parse_name(name_of(state), word);  // suspect has no namesake: unknown
  return word;
}

void add_all(std::vector<std::string>& to, std::vector<std::string> const& from,
             std::string_view what) {
  for (auto const& one : from) to.push_back(fmt::format("{}: {}", what, one));
}

}  // namespace

running_verdict::running_verdict(budgets const& granted, course* told)
    : sitting_(granted), told_(told), recovery_(granted.recovery) {}

void running_verdict::look(microseconds now) {
  last_ = sitting_.at(now);
  // Boot, preparations and checks have no speed: only time in which something worked can be slow.
  if (sitting_.seen().workloads.most_stuck() != nullptr) ++looks_;
  if (last_.state == state_word::slow) ++slow_;
  if (last_.state == state_word::host_starved) {
    starved_ = last_;
    starved_until_ = now;
  }
  auto const word = recovery_.said().word;
  bool const recovered = word == recovery_word::recovered || word == recovery_word::recovered_late;
  if (recovered && !overcome_) {
    // Between healing and progress it looks worse than it was.
    overcome_ = broken_ ? broken_ : confirmed_;
    confirmed_.reset();
  }
  if (last_.confirmed && !confirmed_) confirmed_ = last_;
  if (told_ != nullptr) told_->hear(last_, sitting_.found());
}

// A look for each second until then, but none long after the latest signal.
void running_verdict::look_until(microseconds now) {
  if (!next_ || stopping_) return;
  for (; *next_ <= now && *next_ <= latest_ + longest_silence; *next_ += look_every)
    look(std::max(latest_, *next_));
}

judgement const& running_verdict::at(microseconds now) {
  look_until(now);
  return last_;
}

void running_verdict::observe(timeline::signal const& one) {
  if (stopping_) return;
  look_until(one.at);
  if (!next_ || one.at >= *next_) next_ = one.at + look_every;
  auto const* milestone = std::get_if<timeline::milestone>(&one.what);
  if (milestone != nullptr && timeline::is(*milestone, timeline::reached::machine_stopping)) {
    stopping_ = true;
    return;
  }
  if (milestone != nullptr && timeline::is(*milestone, timeline::reached::recovery_began) &&
      last_.state != state_word::ok)
    broken_ = last_;
  auto const* step = std::get_if<timeline::step>(&one.what);
  if (step != nullptr && step->phase == "failed" && !step_failed_) {
    step_failed_ = one.at;
    unanswered_for_the_host_ = starved_ && one.at - starved_until_ <= starved_of_late &&
                               step->detail.find(no_answer) != std::string::npos;
  }
  sitting_.observe(one);
  recovery_.observe(one, sitting_.seen());
  auto const* worst = sitting_.seen().console.file_systems.worst();
  if (damage_.empty() && worst != nullptr && !worst->after_fault) {
    damage_ = worst->line;
    damaged_ = one.at;
  }
  latest_ = std::max(latest_, one.at);
}

final_verdict verdict_of_run(timeline::timeline const& whole, budgets const& granted,
                             run_outcome const& outcome) {
  running_verdict running(granted);
  for (auto const& one : whole.signals()) running.observe(one);
  return running.conclude(outcome);
}

// A run in which a file system failed unexpectedly does not pass in silence.
void running_verdict::account_for_damage(final_verdict& said) const {
  if (damage_.empty()) return;
  if (!said.has(flag_word::file_system)) said.flags.push_back(flag_word::file_system);
  if (said.word != run_word::passed && said.word != run_word::slow) return;
  said.word = run_word::file_system_failed;
  said.since = said.began = damaged_;
  said.because = {"the console says of a file system: " + damage_,
                  "no fault of ours that loses or changes data had hit before"};
}

final_verdict running_verdict::conclude(run_outcome const& outcome) {
  look(latest_);
  judgement const& deciding = confirmed_ ? *confirmed_ : last_;

  final_verdict said;
  said.word = word_of(deciding.state);
  said.kind = deciding.kind;
  said.flags = last_.flags;
  said.because = deciding.because;
  said.since = deciding.since;
  said.began = deciding.began;
  said.explained_by = deciding.explained_by;

  // Whoever finished its steps was not held up, whatever the last seconds looked like; only what
  // stood still beyond its budget is no pass.
  if (outcome.steps_finished && deciding.state == state_word::suspect && !deciding.overdue)
    said.word = run_word::passed;
  bool const well = said.word == run_word::passed || said.word == run_word::slow;
  bool const open = well || said.word == run_word::unknown;
  if (open && unanswered_for_the_host_) {
    said.word = run_word::host_starved;
    said.kind = kind_word::none;
    said.since = starved_->since;
    said.began = starved_->began;
    said.because = starved_->because;
    said.because.push_back(fmt::format("step failed: {}", outcome.failed_step));
  } else if (well && (!outcome.failed_step.empty() || !outcome.unmet.empty())) {
    said.word = run_word::failed;
    said.began = step_failed_.value_or(latest_);
    said.because.clear();
    if (!outcome.failed_step.empty())
      said.because.push_back(fmt::format("step failed: {}", outcome.failed_step));
    add_all(said.because, outcome.unmet, "expectation not met");
  } else if (said.word == run_word::slow && !outcome.steps_finished) {
    said.because.push_back("the steps did not finish");
  } else if (well && !outcome.steps_finished) {
    said.word = run_word::unknown;
    said.because.insert(said.because.begin(), "the steps did not finish, and nothing shows why");
  } else if (well) {
    said.word = 2 * slow_ > looks_ ? run_word::slow : run_word::passed;
    said.because = {"all steps finished"};
    if (said.word == run_word::slow)
      said.because.push_back(fmt::format("slow in {} of {} looks", slow_, looks_));
  }

  account_for_recovery(recovery_.said(), overcome_, last_, outcome, said);
  account_for_damage(said);
  said.lasted_s = std::max(0.0, in_seconds(latest_ - said.began));

  bool const host = said.word == run_word::host_starved || said.word == run_word::host_stopped ||
                    said.word == run_word::paused;
  bool const spoiled = !outcome.never_fired.empty() || !outcome.host_trouble.empty();
  said.invalid = host || spoiled;
  if (said.invalid) {
    bool const found = !host && said.word != run_word::passed && said.word != run_word::slow &&
                       said.word != run_word::failed && said.word != run_word::unknown;
    // Trouble of the host beside what it did to the machine says less than that; but a fault that
    // never fired no recipe may expect away.
    if (!found && (!host || !outcome.never_fired.empty())) said.word = run_word::invalid;
    add_all(said.because, outcome.never_fired, "fault never fired");
    add_all(said.because, outcome.host_trouble, "host");
  }
  return said;
}

}  // namespace wedgehog::verdict
