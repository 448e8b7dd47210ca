#include "collectors/agent_signals.hpp"

#include <fmt/format.h>

#include <cstring>
#include <string_view>
#include "timeline/milestones.hpp"

namespace wedgehog::collectors {
namespace {

constexpr double microsecond = 1e-6;
constexpr double jiffy_s = 0.01;  // wire::cpu_times: ticks of 1/100 s

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

}  // namespace

void agent_signals::take(agent::event const& one) {
  if (auto const* beat = std::get_if<wire::beat>(&one)) take_beat(*beat);
  if (auto const* seen = std::get_if<wire::observation>(&one)) take_observation(*seen);
  if (std::holds_alternative<agent::restarted>(one)) {
    beats_.clear();
    canaries_.clear();
    dropped_ = 0;
    out_(timeline::mark(timeline::reached::agent_restarted));
  }
  if (auto const* alien = std::get_if<agent::incompatible>(&one))
    out_(timeline::mark(timeline::reached::agent_incompatible, alien->why));
}

void agent_signals::take_beat(wire::beat const& one) {
  bool const fifo = one.source == wire::beat_source::fifo;
  timeline::beat beat;
  beat.source = fifo ? "agent-fifo" : "agent-ordinary";
  std::uint64_t& last = beats_[beat.source];
  beat.count = one.number > last && last != 0 ? one.number - last : 1;
  last = one.number;
  beat.guest_clock_s = static_cast<double>(one.guest_us) * microsecond;
  out_(beat);
  // Both threads carry the same reports; one voice is enough, and the FIFO thread is the one that
  // gets to speak.
  if (!fifo) return;
  for (auto const& workload : one.workloads) take_workload(workload);
  for (auto const& canary : one.canaries) take_canary(canary);
  if (one.dropped > dropped_) out_(timeline::gap{"agent", one.dropped - dropped_});
  dropped_ = one.dropped;
}

void agent_signals::take_workload(wire::workload_report const& one) {
  if (one.state == wire::workload_state::none) return;
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
  seen.uptime_s = static_cast<double>(one.guest_us) * microsecond;
  seen.load = one.load_percent / 100.0;
  seen.runnable = one.running;
  seen.tasks = one.tasks;
  for (auto const& cpu : one.cpus) {
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
    seen.pressure_s = {{"cpu_some", static_cast<double>(one.cpu_some_us) * microsecond},
                       {"io_some", static_cast<double>(one.io_some_us) * microsecond},
                       {"io_full", static_cast<double>(one.io_full_us) * microsecond},
                       {"memory_some", static_cast<double>(one.memory_some_us) * microsecond},
                       {"memory_full", static_cast<double>(one.memory_full_us) * microsecond}};
  for (auto const& disk : one.disks)
    seen.disks[disk.name] = {disk.reads, disk.writes, disk.flushes, disk.in_flight};
  for (auto const& task : one.blocked_tasks)
    seen.blocked.push_back(
        {task.pid, task.comm, task.switches, "D", task.wchan, task.stack, task.kernel});
  out_(seen);
}

}  // namespace wedgehog::collectors
