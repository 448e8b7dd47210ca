#include "conductor/one_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "loop/offload.hpp"
#include "loop/race.hpp"
#include "loop/within.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

constexpr auto judge_period = 250ms;
constexpr std::size_t most_complaints = 64;

double seconds_since(loop::clock& time, loop::time_point begin) {
  return std::chrono::duration<double>(time.now() - begin).count();
}

std::string describe_span(loop::duration d) {
  return describe_duration(std::chrono::duration_cast<microseconds>(d));
}

}  // namespace

one_run::one_run(environment& env, plan::plan what, store::run_key key, std::string folder,
                 progress_sink tell, loop::asio::any_io_executor const& executor)
    : env_(env),
      plan_(std::move(what)),
      key_(std::move(key)),
      folder_(std::move(folder)),
      tell_(std::move(tell)),
      executor_(executor),
      began_(env.time.now()),
      judge_(verdict::granted_by(plan_, env.time_scale)),
      chunks_(executor, 100'000),
      record_(env.time, judge_, [this](std::string chunk) { chunks_.push(std::move(chunk)); }),
      console_(plan_),
      rules_(plan_.console),
      fatal_(executor, 16),
      host_is_full_(executor, 1),
      lives_(env, plan_, folder_, executor, listeners()),
      listening_(executor),
      recovery_asked_(executor, 1),
      writers_(executor) {
  now_.run = key_.name;
  noting_.emplace(record_, [this](timeline::signal const& one) { note(one); });
}

lives_listeners one_run::listeners() {
  return {.record = [this](timeline::payload what) { record_.record(std::move(what)); },
          .console_line = [this](std::string line,
                                 bool partial) { take_console_line(std::move(line), partial); },
          .host_trouble = [this](std::string what) { host_trouble(std::move(what)); },
          .host_full =
              [this](std::string what) {
                host_trouble(std::move(what));
                host_is_full_.push(true);
              }};
}

void one_run::tell(std::string phase, std::string what) {
  now_.phase = std::move(phase);
  now_.note = std::move(what);
  now_.elapsed_s = seconds_since(env_.time, began_);
  if (tell_) tell_(now_);
  now_.note.clear();
}

void one_run::note(timeline::signal const& one) {
  console_.take(one);
  if (schedule_) schedule_->take(one);
  if (auto const* step = std::get_if<timeline::step>(&one.what); step != nullptr) {
    if (step->phase == "ended") ++steps_done_;
    if (step->phase == "began") {
      now_.step = fmt::format("{} {}", step->path, step->what);
      tell("steps", "step " + now_.step);
    }
  }
  if (auto const* work = std::get_if<timeline::workload>(&one.what))
    now_.workload_done = work->done;
  if (auto const* disk = std::get_if<timeline::disk>(&one.what); disk != nullptr)
    requests_in_flight_ = disk->in_flight > 0;
}

void one_run::host_trouble(std::string what) {
  record_.record(timeline::mark(timeline::reached::host_trouble, what));
  // A host's disk that fails may do so for every request of hours.
  if (outcome_.host_trouble.size() < most_complaints)
    outcome_.host_trouble.push_back(std::move(what));
}

void one_run::step_failed(std::string what) {
  record_.record(timeline::mark(timeline::reached::step_failed, what));
  outcome_.failed_step = std::move(what);
}

loop::awaitable<void> one_run::live() {
  writers_.spawn(write_chunks());
  try {
    std::vector<loop::awaitable<void>> starting;
    starting.push_back(start_machine());
    starting.push_back(env_.stop.wait());
    interrupted_ = co_await loop::race(std::move(starting)) == 1;
    if (lives_.now() != nullptr && !interrupted_) {
      std::vector<loop::awaitable<void>> racers;
      racers.push_back(boot_and_steps());
      racers.push_back(watch_judge());
      racers.push_back(env_.stop.wait());
      racers.push_back(run_budget());
      racers.push_back(fatal_console());
      racers.push_back(full_host());
      racers.push_back(recover_when_asked());
      auto const first = co_await loop::race(std::move(racers));
      interrupted_ = first == 2;
    }
  } catch (std::exception const& failure) {
    host_trouble(fmt::format("the orchestrator failed: {}", failure.what()));
  }
  co_await end_faults();
  judge_now();
  played_.exposure_s = ready_at_ ? seconds_since(env_.time, *ready_at_) : 0;
  co_await take_evidence();
  co_await tear_down();
  record_.flush();
  chunks_.close();
  co_await writers_.join();
  played_.duration_s = seconds_since(env_.time, began_);
}

loop::awaitable<void> one_run::start_machine() {
  tell("boot", "starting the machine");
  if (auto const begun = co_await lives_.begin(); !begun) host_trouble(begun.error().message());
}

loop::awaitable<void> one_run::boot() {
  auto const hello = co_await lives_.boot(plan_.limits.boot);
  if (!hello && hello.error().whose() == blame::host) {
    host_trouble(hello.error().message());
    co_return;
  }
  if (!hello) {
    step_failed(hello.error().message());
    co_return;
  }
  ready_at_ = env_.time.now();
  played_.boot_s = seconds_since(env_.time, began_);
  tell("steps", fmt::format("guest ready: {} {} after {}", hello->os, hello->release,
                            describe_span(env_.time.now() - began_)));
}

// What steps are performed in; there are faults and schedules by then.
run_context one_run::surroundings() {
  return {.time = env_.time,
          .plan = plan_,
          .record = record_,
          .lives = lives_,
          .faults = *injector_,
          .schedule = *schedule_,
          .disks = lives_.disks(),
          .console = console_,
          .folder = folder_};
}

void one_run::take(step_outcome const& outcome) {
  if (!outcome.failed) return;
  if (outcome.whose == blame::host)
    host_trouble(outcome.why);
  else
    step_failed(outcome.why);
}

loop::awaitable<void> one_run::follow_plan() {
  auto const into_record = [this](timeline::payload what) { record_.record(std::move(what)); };
  injector_.emplace(faults::surroundings{env_.time, lives_.disks(), &lives_.machine(),
                                         &lives_.agent(), into_record},
                    faults::lasting_in(plan_));
  schedule_.emplace(executor_, env_.time, plan_, *injector_, into_record);
  listen_to_people();
  schedule_->begin();
  auto context = surroundings();
  auto const outcome = co_await perform_steps(context, plan_.steps, "");
  if (outcome.failed) {
    take(outcome);
    co_return;
  }
  outcome_.steps_finished = true;
  record_.record(timeline::mark(timeline::reached::steps_done));
}

loop::awaitable<void> one_run::boot_and_steps() {
  co_await boot();
  if (!ready_at_) co_return;
  co_await follow_plan();
  if (outcome_.steps_finished) {
    ask_for_recovery("the steps are done");
    co_await wait_for_recovery();
    co_return;
  }
  // A step that failed may be the first sign of something worse (a lost workload, a dead machine):
  // the judge gets a moment.
  co_await env_.time.sleep_for(3s);
  ask_for_recovery("a step failed");
  co_await wait_for_recovery();
}

void one_run::take_console_line(std::string line, bool partial) {
  auto const hit = rules_.ask(line);
  if (hit && hit->means == plan::severity::harmless) {
    // Kept, but not as a console line: the judge does not get to misread what the recipe calls
    // harmless.
    record_.record(timeline::mark(timeline::reached::console_harmless, std::move(line)));
    return;
  }
  if (hit && hit->means == plan::severity::fatal)
    fatal_.push(fmt::format("console rule '{}' is fatal and matched: {}", hit->name, line));
  if (hit && hit->means == plan::severity::warning)
    record_.record(timeline::mark(timeline::reached::console_warning, hit->name + ": " + line));
  record_.record(timeline::console_line{std::move(line), partial});
}

loop::awaitable<void> one_run::fatal_console() {
  auto const matched = co_await fatal_.receive();
  if (matched) step_failed(*matched);
}

// The write waits for room that nobody promised: whatever the guest does next proves nothing.
loop::awaitable<void> one_run::full_host() {
  co_await host_is_full_.receive();
}

// Before the run is judged: a fault that never bit proves nothing. A guest that did not finish its
// steps keeps its faults until the evidence is taken.
loop::awaitable<void> one_run::end_faults() {
  try {
    co_await listening_.stop();
    by_hand_.reset();
    if (schedule_) co_await schedule_->stop();
    if (!injector_) co_return;
    if (outcome_.steps_finished) co_await injector_->heal_all();
    auto const counted = co_await injector_->count(plan_);
    for (auto const& one : counted) {
      played_.faults.push_back({one.name, one.kind, one.hits});
      // What the run did not come to, because something else ended it, is not missing.
      if (one.hits > 0 || (!one.injected && (!outcome_.steps_finished || faults_cut_short_)))
        continue;
      if (one.may_miss) {
        record_.record(
            timeline::mark(timeline::reached::fault_missed,
                           fmt::format("{} ({}) hit nothing, as it may", one.name, one.kind)));
        continue;
      }
      outcome_.never_fired.push_back(fmt::format("{} ({})", one.name, one.kind));
      record_.record(
          timeline::mark(timeline::reached::fault_never_fired, outcome_.never_fired.back()));
    }
  } catch (std::exception const& failure) {
    host_trouble(fmt::format("counting the faults failed: {}", failure.what()));
  }
}

loop::awaitable<void> one_run::run_budget() {
  co_await env_.time.sleep_for(plan_.limits.boot + plan_.limits.run);
  if (!recovery_began_)
    step_failed(
        fmt::format("the run's budget of {} was used up", describe_duration(plan_.limits.run)));
  ask_for_recovery("the run's budget was used up");
  co_await wait_for_recovery();
}

loop::awaitable<void> one_run::watch_judge() {
  std::string last;
  for (;;) {
    co_await env_.time.sleep_for(judge_period);
    auto const said = judge_.at(record_.now());
    now_.state = verdict::name_of(said.state);
    bool const changed = now_.state != last;
    last = now_.state;
    tell(now_.phase, changed && said.state != verdict::state_word::ok && !said.because.empty()
                         ? fmt::format("state {}: {}", now_.state, said.because.front())
                         : "");
    if (asks_for_recovery(said))
      ask_for_recovery(fmt::format("the judge says {}: {}", now_.state,
                                   said.because.empty() ? "" : said.because.front()));
    else if (said.confirmed && !recovers_from(said.state))
      co_return;
  }
}

loop::awaitable<void> one_run::write_chunks() {
  bool failed = false;
  while (auto const chunk = co_await chunks_.receive()) {
    if (failed) continue;
    auto const keep = [this, text = *chunk] { return env_.database.keep_timeline(key_.id, text); };
    auto const kept = co_await loop::offload(env_.pool, keep);
    if (!kept) {
      failed = true;
      host_trouble("keeping the timeline: " + kept.error().message());
    }
  }
}

void one_run::judge_now() {
  // The last signal that is judged carries the moment of the judgement: judged again, the run looks
  // the same.
  record_.record(timeline::mark(timeline::reached::run_ended));
  auto concluded = judge_.conclude();
  verdict_ = std::move(concluded.said);
  signature_ = std::move(concluded.signature);
  stuck_ = std::move(concluded.stuck);
  if (interrupted_) {
    verdict_.word = verdict::run_word::unknown;
    verdict_.kind = verdict::kind_word::none;
    verdict_.because = {"stopped by the user"};
    for (auto const& one : outcome_.host_trouble) verdict_.because.push_back("host: " + one);
    // Whoever stopped it did not prove a wedge; an oops was seen all the same.
    if (!verdict_.has(verdict::flag_word::oops)) signature_.clear();
  }
  played_.ended = interrupted_                     ? "stopped by the user"
                  : outcome_.steps_finished        ? "all steps done"
                  : !outcome_.failed_step.empty()  ? outcome_.failed_step
                  : !outcome_.host_trouble.empty() ? outcome_.host_trouble.front()
                                                   : "the judge ended it";
  played_.steps = fmt::format("{} done{}", steps_done_,
                              outcome_.failed_step.empty() ? "" : "; " + outcome_.failed_step);
  record_.record(timeline::mark(timeline::reached::evidence_began,
                                std::string(verdict::name_of(verdict_.word))));
}

loop::awaitable<void> one_run::tear_down() {
  if (lives_.now() != nullptr) {
    tell("done", "stopping the machine");
    record_.record(timeline::mark(timeline::reached::machine_stopping, "the run is over"));
    lives_.disks().let_go();
    co_await heal_what_is_left();
  }
  if (injector_) co_await injector_->let_go();
  injector_.reset();
  try {
    co_await lives_.end();
  } catch (std::exception const& failure) {
    host_trouble(fmt::format("a collector failed: {}", failure.what()));
  }
}

}  // namespace wedgehog::conductor
