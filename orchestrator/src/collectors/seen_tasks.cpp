#include "collectors/seen_tasks.hpp"

#include <algorithm>
#include <utility>

#include "base/units.hpp"

namespace wedgehog::collectors {
namespace {

constexpr double tick_s = 0.01;  // wire::workload_tasks: ticks of 1/100 s
constexpr std::size_t text_limit = 128;

std::string bounded(std::string const& text) {
  return text.substr(0, text_limit);
}

timeline::waiting_task seen_of(wire::waiting_task const& one) {
  timeline::waiting_task seen{one.pid,      bounded(one.comm),  bounded(one.state),
                              one.switches, bounded(one.wchan), {}};
  for (auto const& frame : one.stack)
    if (seen.frames.size() < wire::stack_limit) seen.frames.push_back(bounded(frame));
  return seen;
}

}  // namespace

timeline::workload_tasks seen_of(wire::workload_tasks const& one) {
  timeline::workload_tasks seen;
  seen.name = std::string(one.name.view());
  for (auto const& [state, count] : {std::pair{"R", one.running}, std::pair{"S", one.sleeping},
                                     std::pair{"D", one.blocked}, std::pair{"T", one.stopped}})
    if (count > 0) seen.states[state] = count;
  seen.run_s = static_cast<double>(one.cpu_ticks) * tick_s;
  seen.switches = one.switches;
  for (auto const pid : one.pids)
    if (seen.pids.size() < wire::listed_pids_limit) seen.pids.push_back(pid);
  for (auto const& task : one.waiting)
    if (seen.waiting.size() < wire::waiting_tasks_limit) seen.waiting.push_back(seen_of(task));
  seen.group = bounded(one.group);
  seen.frozen = one.frozen;
  if (one.cpu_limit > 0) seen.cpu_limit = static_cast<double>(one.cpu_limit) / 10'000;
  seen.throttled_s = seconds_of_us(one.throttled_us);
  if (one.has_pressure)
    seen.pressure_s = {{"cpu_some", seconds_of_us(one.cpu_some_us)},
                       {"io_some", seconds_of_us(one.io_some_us)},
                       {"io_full", seconds_of_us(one.io_full_us)},
                       {"memory_some", seconds_of_us(one.memory_some_us)},
                       {"memory_full", seconds_of_us(one.memory_full_us)}};
  if (one.memory_high > 0 || one.memory_max > 0 || one.memory_kills > 0)
    seen.memory_events = {
        {"high", one.memory_high}, {"max", one.memory_max}, {"oom_kill", one.memory_kills}};
  return seen;
}

std::size_t size_of(timeline::workload_tasks const& one) {
  std::size_t bytes = 600 + one.name.size() + one.group.size() + 12 * one.pids.size();
  for (auto const& task : one.waiting) {
    bytes += 120 + task.name.size() + task.state.size() + task.wait_channel.size();
    for (auto const& frame : task.frames) bytes += frame.size() + 3;
  }
  return bytes;
}

}  // namespace wedgehog::collectors
