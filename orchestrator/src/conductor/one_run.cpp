#include "conductor/one_run.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "conductor/naming.hpp"
#include "conductor/rejudge.hpp"
#include "loop/offload.hpp"
#include "loop/race.hpp"
#include "loop/within.hpp"
#include "vm/command_line.hpp"
#include "wreckage/machine_evidence.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

constexpr auto judge_period = 250ms;
constexpr auto qemu_start_limit = 30s;

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
      judge_(granted_by(plan_, env.time_scale)),
      chunks_(executor, 100'000),
      record_(env.time, judge_, [this](std::string chunk) { chunks_.push(std::move(chunk)); }),
      console_(plan_),
      rules_(plan_.console),
      fatal_(executor, 16),
      disks_(executor, env.time, plan_.seed,
             [this](std::string const& disk, nbd::disk_event const& event) {
               note_disk(disk, event);
             }),
      watchers_(executor),
      schedule_(executor),
      writers_(executor) {
  now_.run = key_.name;
  noting_.emplace(record_, [this](timeline::signal const& one) { note(one); });
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
  if (!evidence_began_) whole_.append(one);
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
  if (auto const* guest = std::get_if<timeline::guest>(&one.what)) stuck_ = guest->blocked;
}

void one_run::host_trouble(std::string what) {
  record_.record(timeline::milestone{"host-trouble", what});
  outcome_.host_trouble.push_back(std::move(what));
}

void one_run::step_failed(std::string what) {
  record_.record(timeline::milestone{"step-failed", what});
  outcome_.failed_step = std::move(what);
}

loop::awaitable<void> one_run::live() {
  writers_.spawn(write_chunks());
  try {
    std::vector<loop::awaitable<void>> starting;
    starting.push_back(start_machine());
    starting.push_back(env_.stop.wait());
    interrupted_ = co_await loop::race(std::move(starting)) == 1;
    if (machine_ && !interrupted_) {
      std::vector<loop::awaitable<void>> racers;
      racers.push_back(boot_and_steps());
      racers.push_back(watch_judge());
      racers.push_back(env_.stop.wait());
      racers.push_back(run_budget());
      racers.push_back(fatal_console());
      auto const first = co_await loop::race(std::move(racers));
      interrupted_ = first == 2;
      if (first == 3)
        step_failed(
            fmt::format("the run's budget of {} was used up", describe_duration(plan_.limits.run)));
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

result<void> one_run::make_disks() {
  std::error_code failure;
  std::filesystem::create_directories(folder_ + "/disks", failure);
  for (auto const& disk : plan_.disks) {
    std::string const path = folder_ + "/disks/" + disk.name + ".raw";
    if (!disk.base.empty()) {
      std::filesystem::copy_file(disk.base, path, std::filesystem::copy_options::overwrite_existing,
                                 failure);
      if (failure)
        return host_error(
            fmt::format("copying the base image {}: {}", disk.base, failure.message()));
    }
    loop::descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!file || ::ftruncate(file.get(), static_cast<off_t>(disk.size)) != 0)
      return system_failure("creating the disk " + path, errno);
  }
  return {};
}

result<void> one_run::serve_disks(vm::machine_spec const& spec) {
  for (auto const& disk : spec.disks)
    if (auto served = disks_.serve({disk.name, disk.file, disk.nbd_socket}); !served) return served;
  return {};
}

void one_run::note_disk(std::string const& disk, nbd::disk_event const& event) {
  if (event.what.starts_with("host disk")) host_trouble(event.detail);
  // Injecting, healing and counting are noted by the injector; here, when it began to bite.
  if ((event.what == "hit" || event.what == "held" || event.what == "silent") && event.hits == 1)
    record_.record(timeline::fault{event.name, event.kind, "hit",
                                   fmt::format("disk {}: {}", disk, event.detail), 1});
}

loop::awaitable<void> one_run::start_machine() {
  tell("boot", "starting the machine");
  auto runtime = vm::runtime_directory::make(plan_.guest.memory);
  if (!runtime) {
    host_trouble(runtime.error().message());
    co_return;
  }
  runtime_.emplace(std::move(runtime.value()));
  if (auto const made = make_disks(); !made) {
    host_trouble(made.error().message());
    co_return;
  }
  auto const spec =
      machine_spec_of(plan_, env_.image, env_.accel, env_.qemu, {runtime_->path(), folder_});
  if (auto const served = serve_disks(spec); !served) {
    host_trouble(served.error().message());
    co_return;
  }
  command_line_ = vm::pasteable(vm::command_line(spec, env_.image.guest));
  record_.record(timeline::milestone{"machine-started", std::string(vm::name_of(env_.accel))});
  auto machine = co_await vm::machine::start(env_.time, spec, env_.image.guest,
                                             folder_ + "/qemu.log", qemu_start_limit);
  if (!machine) {
    host_trouble(machine.error().message());
    co_return;
  }
  machine_ = std::move(machine.value());
  auto const into_record = [this](timeline::payload what) { record_.record(std::move(what)); };
  events_.emplace(machine_->monitor(), into_record);
  sampler_.emplace(env_.time, *machine_, into_record,
                   [this](std::string const& name) -> std::optional<collectors::disk_books> {
                     auto* const disk = disks_.find(name);
                     if (disk == nullptr) return std::nullopt;
                     auto const seen = disk->sample();
                     return collectors::disk_books{seen.oldest_s, seen.held, seen.held_by};
                   });
  agent_signals_.emplace(into_record);
  watchers_.spawn(events_->run());
  watchers_.spawn(sampler_->run());
  watchers_.spawn(machine_->console().follow(env_.time, [this](std::string line, bool partial) {
    take_console_line(std::move(line), partial);
  }));
}

loop::awaitable<void> one_run::boot() {
  agent::link_options options;
  options.first_request = 1;
  options.on_event = [this](agent::event const& one) { agent_signals_->take(one); };
  auto connected =
      co_await agent::link::connect(executor_, env_.time, machine_->spec().paths.agent(), options);
  if (!connected) {
    host_trouble(connected.error().message());
    co_return;
  }
  agent_ = std::move(connected.value());
  watchers_.spawn(agent_->serve());
  auto const hello = co_await agent_->greet(plan_.limits.boot);
  if (!hello) {
    step_failed(fmt::format("the guest did not become ready within {}: {}",
                            describe_duration(plan_.limits.boot), hello.error().message()));
    co_return;
  }
  guest_ready_ = true;
  ready_at_ = env_.time.now();
  played_.boot_s = seconds_since(env_.time, began_);
  record_.record(
      timeline::milestone{"guest-ready", fmt::format("{} {} after {}", hello->os, hello->release,
                                                     describe_span(env_.time.now() - began_))});
  for (auto const& complaint : hello->complaints)
    record_.record(timeline::milestone{"agent-complaint", complaint});
  tell("steps", fmt::format("guest ready: {} {} after {}", hello->os, hello->release,
                            describe_span(env_.time.now() - began_)));
}

loop::awaitable<void> one_run::follow_plan() {
  injector_.emplace(
      faults::surroundings{env_.time, disks_, machine_.get(), agent_.get(),
                           [this](timeline::payload what) { record_.record(std::move(what)); }});
  for (auto const& one : plan_.faults) schedule_.spawn(injector_->follow(one));
  run_context context{.time = env_.time,
                      .plan = plan_,
                      .record = record_,
                      .machine = *machine_,
                      .agent = *agent_,
                      .faults = *injector_,
                      .disks = disks_,
                      .console = console_,
                      .folder = folder_};
  auto const outcome = co_await perform_steps(context, plan_.steps, "");
  if (outcome.failed) {
    if (outcome.whose == blame::host)
      host_trouble(outcome.why);
    else
      step_failed(outcome.why);
    co_return;
  }
  outcome_.steps_finished = true;
  record_.record(timeline::milestone{"steps-done", ""});
}

loop::awaitable<void> one_run::boot_and_steps() {
  co_await boot();
  if (!guest_ready_) co_return;
  co_await follow_plan();
  if (outcome_.steps_finished) co_return;
  // A step that failed may be the first sign of something worse (a lost workload, a dead machine):
  // the judge gets a moment.
  co_await env_.time.sleep_for(3s);
}

void one_run::take_console_line(std::string line, bool partial) {
  auto const hit = rules_.ask(line);
  if (hit && hit->means == plan::severity::harmless) {
    // Kept, but not as a console line: the judge does not get to misread what the recipe calls
    // harmless.
    record_.record(timeline::milestone{"console-harmless", std::move(line)});
    return;
  }
  if (hit && hit->means == plan::severity::fatal)
    fatal_.push(fmt::format("console rule '{}' is fatal and matched: {}", hit->name, line));
  if (hit && hit->means == plan::severity::warning)
    record_.record(timeline::milestone{"console-warning", hit->name + ": " + line});
  record_.record(timeline::console_line{std::move(line), partial});
}

loop::awaitable<void> one_run::fatal_console() {
  auto const matched = co_await fatal_.receive();
  if (matched) step_failed(*matched);
}

// Before the run is judged: a fault that never bit proves nothing. A guest that did not finish its
// steps keeps its faults until the evidence is taken.
loop::awaitable<void> one_run::end_faults() {
  try {
    co_await schedule_.stop();
    if (!injector_) co_return;
    if (outcome_.steps_finished) co_await injector_->heal_all();
    auto const counted = co_await injector_->count(plan_);
    for (auto const& one : counted) {
      played_.faults.push_back({one.name, one.kind, one.hits});
      // What the run did not come to, because something else ended it, is not missing.
      if (one.hits > 0 || (!one.injected && !outcome_.steps_finished)) continue;
      outcome_.never_fired.push_back(fmt::format("{} ({})", one.name, one.kind));
      record_.record(timeline::milestone{"fault-never-fired", outcome_.never_fired.back()});
    }
  } catch (std::exception const& failure) {
    host_trouble(fmt::format("counting the faults failed: {}", failure.what()));
  }
}

loop::awaitable<void> one_run::run_budget() {
  co_await env_.time.sleep_for(plan_.limits.boot + plan_.limits.run);
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
    if (said.confirmed) co_return;
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
  record_.record(timeline::milestone{"run-ended", ""});
  evidence_began_ = true;
  verdict_ = verdict::verdict_of_run(whole_, granted_by(plan_, env_.time_scale), outcome_);
  if (interrupted_) {
    verdict_.word = verdict::run_word::unknown;
    verdict_.kind = verdict::kind_word::none;
    verdict_.because = {"stopped by the user"};
    for (auto const& one : outcome_.host_trouble) verdict_.because.push_back("host: " + one);
  }
  signature_ = signature_of(verdict_, whole_, stuck_);
  played_.ended = interrupted_                     ? "stopped by the user"
                  : outcome_.steps_finished        ? "all steps done"
                  : !outcome_.failed_step.empty()  ? outcome_.failed_step
                  : !outcome_.host_trouble.empty() ? outcome_.host_trouble.front()
                                                   : "the judge ended it";
  played_.steps = fmt::format("{} done{}", steps_done_,
                              outcome_.failed_step.empty() ? "" : "; " + outcome_.failed_step);
  record_.record(
      timeline::milestone{"evidence-began", std::string(verdict::name_of(verdict_.word))});
}

loop::awaitable<void> one_run::tear_down() {
  if (machine_) {
    tell("done", "stopping the machine");
    record_.record(timeline::milestone{"machine-stopping", "the run is over"});
    // A QEMU that waits for a request does not quit.
    disks_.let_go();
    injector_.reset();
    co_await machine_->stop(5s);
    machine_->console().finish(
        [this](std::string line, bool partial) { take_console_line(std::move(line), partial); });
  }
  if (agent_) agent_->close();
  try {
    co_await watchers_.stop();
  } catch (std::exception const& failure) {
    host_trouble(fmt::format("a collector failed: {}", failure.what()));
  }
  agent_.reset();
  machine_.reset();
  co_await disks_.stop();
  runtime_.reset();
}

}  // namespace wedgehog::conductor
