#include "collectors/agent_signals.hpp"
#include "collectors/seen_tasks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string_view>

#include "timeline/milestones.hpp"

namespace wedgehog::collectors {
namespace {

constexpr double jiffy_s = 0.01;  // wire::cpu_times: ticks of 1/100 s

// An honest agent sends two beats and an observation a second; after a pause those of minutes may
// come at once.
constexpr std::uint64_t signs_at_once = 512;
constexpr std::uint64_t signs_per_second = 8;
// Of starts of the agent that each are worth a milestone.
constexpr std::uint64_t starts_at_once = 8;
constexpr std::uint64_t seconds_per_start = 10;
// Of workloads, one of which may be ended and make room.
constexpr std::size_t names_at_once = 4 * wire::workloads_limit;
// Of an observation: what an agent of today sends at most, with room for others.
constexpr std::size_t processors_limit = 256;
constexpr std::size_t disks_limit = 64;
constexpr std::size_t tasks_limit = 64;
constexpr std::size_t frames_limit = 64;
constexpr std::size_t words_limit = 256;
// Bytes of observations: an honest one has 2 to 16 KiB, and one comes a second.
constexpr std::uint64_t observed_at_once = std::uint64_t{4} << 20U;
constexpr std::uint64_t observed_per_second = 32768;
constexpr std::uint64_t observed_at_least = 1024;

std::string_view phase_name(wire::canary_phase phase) {
  switch (phase) {
    case wire::canary_phase::idle:
      return "idle";
    case wire::canary_phase::preparing:
      return "copying its binary";
    case wire::canary_phase::execute:
      return "fork and exec";
    case wire::canary_phase::create:
      return "create";
    case wire::canary_phase::write:
      return "write";
    case wire::canary_phase::fsync:
      return "fsync";
    case wire::canary_phase::unlink:
      return "unlink";
    case wire::canary_phase::gone:
      return "gone";
  }
  return "?";
}

timeline::blocked_task seen_of(wire::blocked_task const& one, std::string const& state) {
  timeline::blocked_task seen{one.pid,   one.comm.substr(0, words_limit),  one.switches,
                              state,     one.wchan.substr(0, words_limit), {},
                              one.kernel};
  for (auto const& frame : one.stack)
    if (seen.frames.size() < frames_limit) seen.frames.push_back(frame.substr(0, words_limit));
  return seen;
}

std::uint64_t size_of(timeline::guest const& seen) {
  auto bytes = observed_at_least + 48 * seen.cpu_s.size();
  for (auto const& [name, disk] : seen.disks) bytes += name.size() + 64;
  for (auto const& [name, state] : seen.devices) bytes += name.size() + state.size() + 8;
  for (auto const& task : seen.blocked) {
    bytes += task.name.size() + task.wait_channel.size() + 64;
    for (auto const& frame : task.frames) bytes += frame.size() + 4;
  }
  return bytes;
}

timeline::workload seen_of(wire::workload_report const& one) {
  timeline::workload seen;
  seen.name = std::string(one.name.view());
  seen.done = one.done;
  seen.errors = one.errors;
  if (one.state == wire::workload_state::stopped) seen.state = "stopped";
  if (one.state == wire::workload_state::gone) {
    seen.state = "ended";
    seen.exit_code = static_cast<int>(one.signal != 0 ? 128 + one.signal : one.exit_status);
    seen.killed_by = static_cast<int>(one.signal);
  }
  return seen;
}

}  // namespace

agent_signals::agent_signals(sink out, loop::clock const& time, std::string blocked_state)
    : out_(std::move(out)),
      time_(&time),
      room_(std::make_unique<output_room>()),
      blocked_state_(std::move(blocked_state)),
      beats_allowed_(signs_at_once, signs_per_second),
      observations_allowed_(observed_at_once, observed_per_second),
      starts_allowed_(starts_at_once * seconds_per_start, 1),
      names_allowed_(names_at_once, 1),
      flood_reports_(1, 1) {}

std::uint64_t agent_signals::now_us() const {
  auto const now = time_->now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<microseconds>(now).count());
}

// Whether an honest agent could have sent this, too.
bool agent_signals::admits(agent::event const& one) {
  if (std::holds_alternative<wire::beat>(one)) return beats_allowed_.take(1, now_us());
  if (std::holds_alternative<agent::restarted>(one) ||
      std::holds_alternative<agent::incompatible>(one))
    return starts_allowed_.take(seconds_per_start, now_us());
  return true;
}

void agent_signals::take(agent::event const& one) {
  if (!admits(one)) {
    ++flooded_;
    return tell_flood();
  }
  if (auto const* beat = std::get_if<wire::beat>(&one)) take_beat(*beat);
  if (auto const* seen = std::get_if<wire::observation>(&one)) take_observation(*seen);
  if (auto const* piece = std::get_if<wire::output>(&one)) take_output(*piece);
  if (auto const* ended = std::get_if<wire::ended>(&one)) take_end(*ended);
  if (std::holds_alternative<agent::restarted>(one)) {
    finish();
    beats_.clear();
    canaries_.clear();
    workloads_.clear();
    dropped_ = 0;
    out_(timeline::mark(timeline::reached::agent_restarted));
  }
  if (auto const* alien = std::get_if<agent::incompatible>(&one))
    out_(timeline::mark(timeline::reached::agent_incompatible, alien->why));
  tell_flood();
}

void agent_signals::finish() {
  for (auto& [name, one] : workloads_) one.lines.finish();
  if (flooded_ > 0) out_(timeline::gap{"agent-flood", std::exchange(flooded_, 0)});
}

void agent_signals::tell_flood() {
  if (flooded_ > 0 && flood_reports_.take(1, now_us()))
    out_(timeline::gap{"agent-flood", std::exchange(flooded_, 0)});
}

void agent_signals::take_beat(wire::beat const& one) {
  bool const fifo = one.source == wire::beat_source::fifo;
  timeline::beat beat;
  beat.source = fifo ? "agent-fifo" : "agent-ordinary";
  std::uint64_t& last = beats_[beat.source];
  beat.count = one.number > last && last != 0 ? one.number - last : 1;
  last = one.number;
  beat.guest_clock_s = seconds_of_us(one.guest_us);
  out_(beat);
  for (auto& [name, each] : workloads_) each.lines.settle();
  // Both threads carry the same reports; one voice is enough, and the FIFO thread is the one that
  // gets to speak.
  if (!fifo) return;
  for (auto const& workload : one.workloads) take_workload(workload);
  for (auto const& canary : one.canaries) take_canary(canary);
  if (one.dropped > dropped_) out_(timeline::gap{"agent", one.dropped - dropped_});
  dropped_ = one.dropped;
}

output_lines agent_signals::lines_of(std::string const& name) const {
  return {"workload", name, out_, *time_, *room_};
}

// Null when there are more names than an agent can have workloads, of which a few end and begin.
agent_signals::running* agent_signals::workload_of(wire::name_text const& named,
                                                   std::uint64_t request) {
  auto const name = std::string(named.view());
  auto found = workloads_.find(name);
  if (found == workloads_.end()) {
    bool const room = workloads_.size() < names_at_once || forget_one_that_ended();
    if (!room || !names_allowed_.take(1, now_us())) {
      ++flooded_;
      return nullptr;
    }
    found = workloads_.try_emplace(name, running{{}, lines_of(name)}).first;
  } else if (found->second.last.request != request) {
    found->second.lines.finish();  // another of the same name
    found->second = {{}, lines_of(name)};
  }
  found->second.last.name = named;
  found->second.last.request = request;
  return &found->second;
}

bool agent_signals::forget_one_that_ended() {
  auto const gone = std::find_if(workloads_.begin(), workloads_.end(), [](auto const& each) {
    return each.second.last.state == wire::workload_state::gone;
  });
  if (gone == workloads_.end()) return false;
  gone->second.lines.finish();
  workloads_.erase(gone);
  return true;
}

void agent_signals::take_workload(wire::workload_report const& one) {
  if (one.state == wire::workload_state::none) return;
  auto* const known = workload_of(one.name, one.request);
  if (known == nullptr) return;
  known->last = one;
  out_(seen_of(one));
}

void agent_signals::take_output(wire::output const& one) {
  // Without a name it is of a request that nobody waits for any more.
  if (one.workload.view().empty()) return;
  if (auto* const known = workload_of(one.workload, one.request)) known->lines.take(one);
}

// The last of a workload: all its output has come, and how it ended is known before the next beat.
void agent_signals::take_end(wire::ended const& one) {
  auto const found = std::find_if(workloads_.begin(), workloads_.end(), [&one](auto const& each) {
    return each.second.last.request == one.request;
  });
  if (found == workloads_.end()) return;
  auto& [name, ended] = *found;
  if (one.unkillable) {
    auto seen = seen_of(ended.last);
    seen.reports = 0;
    seen.last_words = "it was killed and does not go: " + one.stuck_in.substr(0, words_limit);
    return out_(seen);
  }
  ended.lines.expect(one.output_bytes, one.error_bytes);
  ended.lines.finish();
  ended.last.state = wire::workload_state::gone;
  ended.last.exit_status = one.exit_status;
  ended.last.signal = one.signal;
  auto seen = seen_of(ended.last);
  if (one.timed_out) seen.last_words = "killed at its deadline";
  out_(seen);
}

void agent_signals::take_canary(wire::canary_report const& one) {
  timeline::canary seen;
  seen.mount = std::string(one.directory.view());
  std::uint64_t& before = canaries_[seen.mount];
  seen.completed = one.completed >= before ? one.completed - before : one.completed;
  before = one.completed;
  bool const under_way =
      one.phase != wire::canary_phase::idle && one.phase != wire::canary_phase::gone;
  if (under_way) seen.pending_s = static_cast<double>(one.pending_ms) / 1000;
  seen.exec_ms = static_cast<double>(one.execute_us) / 1000;
  seen.io_ms = static_cast<double>(one.files_us) / 1000;
  if (one.failed != 0)
    seen.failure = fmt::format("{}: {}", phase_name(one.failed_phase),
                               std::strerror(static_cast<int>(one.error_number)));
  out_(seen);
}

void agent_signals::take_observation(wire::observation const& one) {
  timeline::guest seen;
  seen.uptime_s = seconds_of_us(one.guest_us);
  seen.load = one.load_percent / 100.0;
  seen.runnable = one.running;
  seen.tasks = one.tasks;
  for (auto const& cpu : one.cpus) {
    if (seen.cpu_s.size() == processors_limit) break;
    auto const seconds = [](std::uint64_t ticks) { return static_cast<double>(ticks) * jiffy_s; };
    seen.cpu_s.push_back({seconds(cpu.user), seconds(cpu.system), seconds(cpu.idle),
                          seconds(cpu.iowait), seconds(cpu.irq)});
  }
  seen.context_switches = one.context_switches;
  seen.forks = one.forks;
  seen.blocked_count = one.blocked;
  seen.interrupts = one.interrupts;
  seen.taint = one.taint;
  seen.blocked_cut_short = one.scan_cut_short || one.blocked_tasks_unlisted > 0;
  seen.memory_kb = {{"total", one.memory_total},         {"free", one.memory_free},
                    {"available", one.memory_available}, {"dirty", one.memory_dirty},
                    {"writeback", one.memory_writeback}, {"slab", one.memory_slab},
                    {"anonymous", one.memory_anonymous}, {"swap_total", one.swap_total},
                    {"swap_free", one.swap_free}};
  seen.vm = {{"pgmajfault", one.major_faults},      {"refault", one.refaults},
             {"scan", one.pages_scanned},           {"steal", one.pages_stolen},
             {"allocstall", one.allocation_stalls}, {"oom_kill", one.out_of_memory_kills}};
  if (one.has_pressure)
    seen.pressure_s = {{"cpu_some", seconds_of_us(one.cpu_some_us)},
                       {"io_some", seconds_of_us(one.io_some_us)},
                       {"io_full", seconds_of_us(one.io_full_us)},
                       {"memory_some", seconds_of_us(one.memory_some_us)},
                       {"memory_full", seconds_of_us(one.memory_full_us)}};
  for (auto const& disk : one.disks)
    if (seen.disks.size() < disks_limit)
      seen.disks[disk.name.substr(0, words_limit)] = {disk.reads, disk.writes, disk.flushes,
                                                      disk.in_flight};
  for (auto const& task : one.blocked_tasks) {
    if (seen.blocked.size() == tasks_limit) {
      seen.blocked_cut_short = true;
      break;
    }
    seen.blocked.push_back(seen_of(task, blocked_state_));
  }
  for (auto const& device : one.devices)
    if (seen.devices.size() < disks_limit)
      seen.devices[device.name.substr(0, words_limit)] = device.state.substr(0, words_limit);
  if (!observations_allowed_.take(size_of(seen), now_us())) {
    ++flooded_;
    return;
  }
  out_(seen);
  for (std::size_t i = 0; i < one.workloads.size() && i < wire::workloads_limit; ++i) {
    auto tasks = collectors::seen_of(one.workloads[i]);
    if (!observations_allowed_.take(size_of(tasks), now_us())) {
      ++flooded_;
      return;
    }
    out_(std::move(tasks));
  }
}

}  // namespace wedgehog::collectors
