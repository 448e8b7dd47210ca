#include "conductor/performance.hpp"

#include <fmt/format.h>

#include "conductor/steps/steps.hpp"
#include "loop/offload.hpp"
#include "loop/race.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

constexpr auto judge_period = 250ms;
// A host's disk that fails may do so for every request of hours.
constexpr std::size_t most_complaints = 64;
// A step that failed may be the first sign of something worse (a lost workload, a dead machine):
// the judge gets a moment.
constexpr auto second_look = 3s;
constexpr auto look_at_folder = 5s;
// Of a milestone's detail.
constexpr std::size_t longest_logged = 300;
// For what is announced to be on the disk.
constexpr auto settle_limit = 5s;

double seconds_of(loop::duration d) {
  return std::chrono::duration<double>(d).count();
}

}  // namespace

performance::performance(stage& on, plan::plan const& what, folder::run_writer& into,
                         progress_sink tell, loop::asio::any_io_executor const& executor)
    : on_(on),
      plan_(what),
      log_(into.folder()),
      began_(on.time.now()),
      machine_began_(began_),
      watched_(on.time),
      into_(into),
      keeper_(executor, on.pool, into, [this](std::string why) { host_trouble(std::move(why)); }),
      record_(on.time, [this](std::string piece) { keeper_.keep(std::move(piece)); }),
      judge_(verdict::granted_by(what, on.time_scale)),
      tell_(on.time, into.folder().filename().string(),
            [this, tell = std::move(tell)](progress const& now) {
              if (!now.note.empty()) log_.note(now.note);
              if (tell) tell(now);
            }),
      fatal_(executor, 16),
      host_is_full_(executor, 1),
      console_(record_, what.console, [this](std::string why) { fatal_.push(std::move(why)); }),
      patterns_(what),
      lives_(on, what, into.folder().string(), executor, listeners()),
      templates_(on, what, into.folder().string(), executor,
                 [this](std::string said) { tell_.note(std::move(said)); }),
      faults_(on, what, record_, lives_, into.folder().string()),
      context_{.time = on.time,
               .watched = watched_,
               .plan = what,
               .record = record_,
               .lives = lives_,
               .broken = faults_,
               .disks = lives_.disks(),
               .console = patterns_,
               .workloads = workloads_,
               .folder = into.folder().string()},
      recovery_(on, what, context_, faults_, judge_, tell_),
      evidence_(on, what, record_, lives_, tell_, into.folder().string()),
      writers_(executor),
      background_(executor) {
  taking_.emplace(record_, [this](timeline::signal const& one) { take(one); });
}

lives_listeners performance::listeners() {
  return {.record = [this](timeline::payload what) { record_.record(std::move(what)); },
          .console_line = [this](std::string line,
                                 bool partial) { console_.take(std::move(line), partial); },
          .host_trouble = [this](std::string what) { host_trouble(std::move(what)); },
          .host_full =
              [this](std::string what) {
                host_trouble(std::move(what));
                host_is_full_.push(true);
              }};
}

// The judge first: whoever comes after may ask what it says.
void performance::take(timeline::signal const& one) {
  judge_.observe(one);
  patterns_.take(one);
  workloads_.take(one);
  faults_.take(one);
  evidence_.take(one);
  tell_.take(one);
  if (auto const* mark = std::get_if<timeline::milestone>(&one.what)) log_milestone(*mark);
  if (auto const* step = std::get_if<timeline::step>(&one.what);
      step != nullptr && step->phase == "ended")
    ++steps_done_;
}

// Not what a guest wrote: its words are in the timeline, and would come to a terminal unescaped.
void performance::log_milestone(timeline::milestone const& one) {
  using timeline::reached;
  auto const what = timeline::milestone_of(one);
  if (what == reached::output || what == reached::console_harmless ||
      what == reached::console_warning)
    return;
  log_.note(fmt::format("{}{}{}", one.name, one.detail.empty() ? "" : ": ",
                        std::string_view(one.detail).substr(0, longest_logged)));
}

void performance::host_trouble(std::string what) {
  if (++host_complaints_ <= most_complaints)
    record_.reach(timeline::reached::host_trouble, std::move(what));
}

loop::awaitable<void> performance::guarded(std::string doing, loop::awaitable<void> phase) {
  try {
    co_await std::move(phase);
  } catch (std::exception const& failure) {
    log_.complain(fmt::format("{} failed: {}", doing, failure.what()));
    host_trouble(fmt::format("{} failed: {}", doing, failure.what()));
  }
}

loop::awaitable<void> performance::play() {
  writers_.spawn(keeper_.write());
  background_.spawn(watched_.keep());
  background_.spawn(tell_.keep_telling());
  co_await guarded("playing the run", live());
  co_await guarded("counting the faults", count_faults());
  conclude();
  co_await guarded("keeping the wreckage", gather_evidence());
  co_await guarded("ending the machine", tear_down());
  co_await guarded("ending the watch", background_.stop());
  co_await guarded("keeping the timeline", close_timeline());
  played_.duration_s = seconds_of(on_.time.now() - began_);
  played_.missing = evidence_.missing();
}

loop::awaitable<void> performance::live() {
  std::vector<loop::awaitable<void>> starting;
  starting.push_back(start_machine());
  starting.push_back(on_.stop.wait());
  bool stopped = co_await loop::race(std::move(starting)) == 1;
  if (lives_.now() != nullptr && !stopped) {
    std::vector<loop::awaitable<void>> racers;
    racers.push_back(on_.stop.wait());
    racers.push_back(boot_and_steps());
    racers.push_back(watch_judge());
    racers.push_back(keep_to_budget());
    racers.push_back(wait_for_fatal_console());
    racers.push_back(wait_for_full_host());
    racers.push_back(wait_for_lost_folder());
    racers.push_back(recovery_.follow());
    stopped = co_await loop::race(std::move(racers)) == 0;
  }
  if (stopped) record_.reach(timeline::reached::stop_asked, "by a person");
}

loop::awaitable<void> performance::start_machine() {
  tell_.phase("boot", "starting the machine");
  auto as = co_await find_template();
  machine_began_ = on_.time.now();
  if (as) played_.start = "clone of " + templates_.key();
  auto const begun = co_await lives_.begin(std::move(as));
  // QEMU refused what it had written itself, or it is no longer what it was.
  if (!lives_.why_no_copy().empty()) templates_.discard();
  if (!begun) host_trouble(begun.error().message());
}

loop::awaitable<std::optional<vm::frozen_machine>> performance::find_template() {
  played_.start = "boot";
  if (plan_.guest.start != plan::beginning::clone) co_return std::nullopt;
  auto found = co_await templates_.obtain();
  if (found) co_return std::move(*found);
  no_copy(found.error().message());
  co_return std::nullopt;
}

void performance::no_copy(std::string const& why) {
  played_.start = "boot, for want of a copy: " + why;
  tell_.note("it boots, for want of a copy: " + why);
}

loop::awaitable<void> performance::boot() {
  auto const hello = co_await lives_.boot(plan_.limits.boot);
  templates_.release();
  if (!hello && hello.error().whose() == blame::host) {
    host_trouble(hello.error().message());
    co_return;
  }
  if (!hello) {
    record_.reach(timeline::reached::step_failed, hello.error().message());
    co_return;
  }
  if (!lives_.why_no_copy().empty()) no_copy(lives_.why_no_copy());
  ready_at_ = watched_.now();
  played_.boot_s = seconds_of(on_.time.now() - machine_began_);
  tell_.phase("steps", fmt::format("guest ready: {} {} after {}", hello->os, hello->release,
                                   describe_duration(std::chrono::duration_cast<microseconds>(
                                       on_.time.now() - machine_began_))));
}

loop::awaitable<void> performance::perform_plan() {
  faults_.begin();
  auto outcome = co_await perform_after_boot(context_);
  if (!outcome.failed) outcome = co_await perform_steps(context_, plan_.steps, "");
  note_failure(context_, outcome);
  if (!outcome.failed) record_.reach(timeline::reached::steps_done);
}

loop::awaitable<void> performance::boot_and_steps() {
  co_await boot();
  if (!ready_at_) co_return;
  co_await perform_plan();
  if (judge_.outcome().steps_finished) {
    recovery_.ask("the steps are done");
  } else {
    co_await watched_.sleep_for(second_look);
    recovery_.ask("a step failed");
  }
  co_await recovery_.wait_if_begun();
}

// Whoever was told of a wedge finds it in the folder, whatever becomes of us a moment later.
loop::awaitable<void> performance::announce(verdict::judgement const& said) {
  record_.flush();
  co_await keeper_.settle(on_.time, settle_limit);
  if (!said.because.empty())
    tell_.note(fmt::format("state {}: {}", verdict::name_of(said.state), said.because.front()));
}

loop::awaitable<void> performance::watch_judge() {
  for (;;) {
    co_await on_.time.sleep_for(judge_period);
    auto const said = judge_.at(record_.now());
    bool const changed = tell_.state(verdict::name_of(said.state));
    if (changed && said.state != verdict::state_word::ok) co_await announce(said);
    if (recovery_.is_called_for_by(said))
      recovery_.ask(fmt::format("the judge says {}: {}", verdict::name_of(said.state),
                                said.because.empty() ? "" : said.because.front()));
    else if (said.confirmed && !recovery_.may_overcome(said.state))
      co_return;
  }
}

loop::awaitable<void> performance::keep_to_budget() {
  co_await watched_.sleep_for(plan_.limits.boot + plan_.limits.run);
  if (!recovery_.begun())
    record_.reach(timeline::reached::step_failed, fmt::format("the run's budget of {} was used up",
                                                              describe_duration(plan_.limits.run)));
  recovery_.ask("the run's budget was used up");
  co_await recovery_.wait_if_begun();
}

loop::awaitable<void> performance::wait_for_fatal_console() {
  if (auto const matched = co_await fatal_.receive())
    record_.reach(timeline::reached::step_failed, *matched);
}

// The write waits for room that nobody promised: whatever the guest does next proves nothing.
loop::awaitable<void> performance::wait_for_full_host() {
  co_await host_is_full_.receive();
}

// Before the run is judged: a fault that never bit proves nothing.
loop::awaitable<void> performance::count_faults() {
  played_.faults = co_await faults_.end(judge_.outcome().steps_finished);
}

// Somebody cleaned up while the run lived: it would be played for nobody.
loop::awaitable<void> performance::wait_for_lost_folder() {
  auto const look = [this] { return into_.still_there(); };
  for (;;) {
    co_await on_.time.sleep_for(look_at_folder);
    auto const there = co_await loop::offload(on_.pool, look);
    if (there) continue;
    host_trouble(there.error().message());
    co_return;
  }
}

std::string performance::how_it_ended() const {
  auto const& outcome = judge_.outcome();
  if (played_.interrupted) return "stopped by the user";
  if (outcome.steps_finished) return "all steps done";
  if (!outcome.failed_step.empty()) return outcome.failed_step;
  if (!outcome.host_trouble.empty()) return outcome.host_trouble.front();
  return "the judge ended it";
}

void performance::conclude() {
  if (auto const same = vm::still_sealed(on_.image); !same) host_trouble(same.error().message());
  // The last signal that is judged carries the moment of the judgement: judged again, the run looks
  // the same.
  record_.reach(timeline::reached::run_ended);
  concluded_ = judge_.conclude();
  played_.interrupted = concluded_.stopped;
  played_.exposure_s = ready_at_ ? seconds_of(watched_.now() - *ready_at_) : 0;
  played_.ended = how_it_ended();
  auto const& failed = judge_.outcome().failed_step;
  played_.steps = fmt::format("{} done{}", steps_done_, failed.empty() ? "" : "; " + failed);
  wanted_ =
      evidence_of(concluded_.said, {.stopped = concluded_.stopped, .ready = ready_at_.has_value()});
  if (!into_.still_there()) wanted_ = {};
}

loop::awaitable<void> performance::gather_evidence() {
  record_.reach(timeline::reached::evidence_began,
                std::string(verdict::name_of(concluded_.said.word)));
  record_.flush();
  co_await evidence_.gather(wanted_, concluded_.said, recovery_.kept());
}

loop::awaitable<void> performance::tear_down() {
  if (lives_.now() != nullptr) {
    tell_.phase("done", "stopping the machine");
    record_.reach(timeline::reached::machine_stopping, "the run is over");
    lives_.disks().let_go();
    co_await guarded("healing the faults that were left", faults_.heal_what_is_left());
  }
  templates_.release();
  co_await guarded("ending the template's machine", templates_.end());
  co_await guarded("letting the faults go", faults_.let_go());
  co_await lives_.end();
}

loop::awaitable<void> performance::close_timeline() {
  record_.flush();
  keeper_.finish();
  co_await writers_.join();
}

}  // namespace wedgehog::conductor
