#include "tests/verdict/scene.hpp"

#include <algorithm>

namespace wedgehog::verdict {
namespace {

budgets granted(double budget_s, double time_scale) {
  budgets one;
  one.no_progress = microseconds(static_cast<std::int64_t>(budget_s * 1e6));
  one.time_scale = time_scale;
  return one;
}

}  // namespace

scene::scene(double budget_s, double time_scale) : judge_(granted(budget_s, time_scale)) {}

void scene::add(timeline::payload what) {
  timeline::signal one{at_, std::move(what)};
  judge_.observe(one);
  signals.append(std::move(one));
}

void scene::emit() {
  bool const answers = now.alive && !now.run_state.empty();
  timeline::machine_state machine;
  machine.alive = now.alive;
  machine.run_state = now.run_state;
  machine.process_state = now.process_state;
  machine.answer_ms = now.answer_ms;
  add(machine);

  auto const beat = [&](char const* source, bool beats) {
    timeline::beat one;
    one.source = source;
    one.count = beats ? 1 : 0;
    add(one);
  };
  if (now.kernel_beats_known) {
    beat("kernel-irq", now.kernel_beats);
    beat("workqueue", now.workqueue_beats);
  }
  beat("agent-fifo", now.fifo_beats);
  beat("agent-ordinary", now.ordinary_beats);
  if (now.canary_known) {
    timeline::canary one;
    one.mount = "/mnt";
    one.completed = now.canaries;
    add(one);
  }

  for (auto& disk : now.disks) {
    if (!answers) break;
    bool const busy = disk.busy_every > 0 && second_ % disk.busy_every == 0;
    if (disk.ages) disk.oldest_s += 1;
    timeline::disk one;
    one.name = disk.name;
    one.writes = disk.completes;
    one.flushes = disk.flushes;
    one.in_flight = disk.in_flight + (busy ? 1 : 0);
    if (disk.ages_known) one.oldest_s = disk.oldest_s;
    one.held = disk.held;
    one.held_by = disk.held_by;
    add(one);
  }
  for (std::size_t i = 0; i < now.cpus.size() && answers && now.cpus_seen; ++i) {
    auto const& cpu = now.cpus[i];
    timeline::vcpu one;
    one.index = static_cast<int>(i);
    one.host_share = cpu.share;
    bool const awake = cpu.awake_every > 0 && second_ % cpu.awake_every == 0;
    if (now.monitor_answers) {
      one.halted = cpu.halted && !awake;
      one.interrupts_on = cpu.interrupts_on;
      one.ring = cpu.ring;
    }
    one.waited_share = cpu.waited;
    one.string_rate = cpu.string_rate;
    add(one);
  }

  context_switches_ += now.switches;
  user_s_ += now.user;
  system_s_ += now.system;
  idle_s_ += now.idle;
  io_full_s_ += now.io_full;
  if (now.guest_completes) guest_reads_ += 10;
  guest_flushes_ += now.guest_flushes;
  memory_some_s_ += now.memory_some;
  reclaims_ += now.reclaims;
  refaults_ += now.refaults;
  for (auto& task : now.blocked) task.switches += task.switches_per_second;
  if (now.observed) {
    timeline::guest one;
    one.uptime_s = 10 + second_;
    one.tasks = now.tasks;
    one.cpu_s = {{user_s_, system_s_, idle_s_, 0, 0}};
    one.context_switches = context_switches_;
    one.pressure_s["io_full"] = io_full_s_;
    one.disks["vda"] = {guest_reads_, 0, guest_flushes_, now.guest_in_flight};
    one.pressure_s["memory_some"] = memory_some_s_;
    one.pressure_s["io_some"] = io_some_s_ += now.io_some;
    one.pressure_s["cpu_some"] = cpu_some_s_ += now.cpu_some;
    one.forks = forks_ += now.forks;
    one.vm["steal"] = reclaims_;
    one.vm["refault"] = refaults_;
    for (auto const& task : now.blocked) {
      timeline::blocked_task blocked;
      blocked.pid = task.pid;
      blocked.name = task.name;
      blocked.switches = task.switches;
      blocked.frames = task.frames;
      one.blocked.push_back(std::move(blocked));
    }
    add(std::move(one));
  }
  if (now.own) {
    now.own->run_s = own_run_s_ += now.own_runs;
    now.own->throttled_s = own_throttled_s_ += now.own_throttled;
    now.own->switches += 5;
    add(*now.own);
  }

  if (now.works && now.reports + now.operations > 0) {
    done_ += now.operations;
    errors_ += now.errors;
    timeline::workload one;
    one.name = "writer";
    one.done = done_;
    one.reports = now.reports;
    one.errors = errors_;
    one.state = now.work_state;
    add(one);
  }
}

judgement const& scene::play(int seconds) {
  for (int i = 0; i < seconds; ++i) {
    at_ += std::chrono::seconds(1);
    ++second_;
    emit();
    said = judge_.at(at_);
    all.push_back(said);
  }
  return said;
}

int scene::seconds_until(state_word state, int at_most) {
  for (int i = 1; i <= at_most; ++i)
    if (play(1).state == state) return i;
  return -1;
}

bool scene::ever(state_word state) const {
  return std::any_of(all.begin(), all.end(),
                     [&](judgement const& one) { return one.state == state; });
}

std::string scene::reasons() const {
  std::string text(name_of(said.state));
  for (auto const& reason : said.because) text += "; " + reason;
  return text;
}

}  // namespace wedgehog::verdict
