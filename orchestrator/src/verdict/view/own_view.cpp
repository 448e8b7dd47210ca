#include "verdict/view/own_view.hpp"

#include <algorithm>

#include "verdict/view/limits.hpp"

namespace wedgehog::verdict {
namespace {

constexpr std::size_t workload_limit = 64;
constexpr std::size_t waiting_limit = 16;
constexpr std::size_t frame_limit = 16;
constexpr std::size_t pid_limit = 256;
constexpr double fresh_s = 10;
constexpr std::size_t few_looks = 5;

double pressure(timeline::workload_tasks const& one, char const* name) {
  auto const found = one.pressure_s.find(name);
  return found == one.pressure_s.end() ? 0 : found->second;
}

std::uint64_t counted(timeline::workload_tasks const& one, char const* state) {
  auto const found = one.states.find(state);
  return found == one.states.end() ? 0 : found->second;
}

std::uint64_t blocked_and(bool (*how)(waiting_frames const&), timeline::workload_tasks const& one) {
  return static_cast<std::uint64_t>(std::count_if(
      one.waiting.begin(), one.waiting.end(), [how](timeline::waiting_task const& each) {
        return each.state == "D" && how({each.frames, each.wait_channel});
      }));
}

// Without those whose group has more memory than it may, and those who wait for their own child.
bool really_blocked(timeline::workload_tasks const& one) {
  return counted(one, "D") > blocked_and(is_throttled, one) + blocked_and(waits_for_vfork, one);
}

double grown(double now, double before) {
  return std::max(0.0, now - before);
}

void bound(timeline::workload_tasks& one) {
  one.name.resize(std::min(one.name.size(), name_limit));
  one.group.resize(std::min(one.group.size(), name_limit));
  if (one.pids.size() > pid_limit) one.pids.resize(pid_limit);
  if (one.waiting.size() > waiting_limit) one.waiting.resize(waiting_limit);
  for (auto& each : one.waiting) {
    each.name.resize(std::min(each.name.size(), name_limit));
    each.wait_channel.resize(std::min(each.wait_channel.size(), name_limit));
    if (each.frames.size() > frame_limit) each.frames.resize(frame_limit);
    for (auto& frame : each.frames) frame.resize(std::min(frame.size(), name_limit));
  }
  if (one.states.size() > 16 || one.pressure_s.size() > 16 || one.memory_events.size() > 16) {
    one.states.clear();
    one.pressure_s.clear();
    one.memory_events.clear();
  }
}

}  // namespace

std::uint64_t own_view::one::in_state(char const* state) const {
  return counted(last, state);
}

bool own_view::one::is_stopped() const {
  return in_state("T") > 0 && in_state("R") == 0 &&
         in_state("D") == blocked_and(waits_for_vfork, last);
}

timeline::waiting_task const* own_view::one::first_in(char const* state) const {
  auto const found = std::find_if(last.waiting.begin(), last.waiting.end(),
                                  [state](auto const& each) { return each.state == state; });
  return found == last.waiting.end() ? nullptr : &*found;
}

bool own_view::one::never_blocked() const {
  return rates.size() >= few_looks && rates.sum(8) <= 0 && asynchronous() == nullptr;
}

bool own_view::one::has(std::int64_t pid) const {
  return std::find(last.pids.begin(), last.pids.end(), pid) != last.pids.end();
}

timeline::waiting_task const* own_view::one::asynchronous() const {
  auto const found = std::find_if(
      last.waiting.begin(), last.waiting.end(), [](timeline::waiting_task const& each) {
        return each.state == "S" && waits_for_asynchronous_io({each.frames, each.wait_channel});
      });
  return found == last.waiting.end() ? nullptr : &*found;
}

void own_view::observe(stamp when, timeline::workload_tasks const& what) {
  auto const name = what.name.substr(0, name_limit);
  auto found = all_.find(name);
  bool const first = found == all_.end();
  if (first) {
    if (all_.size() >= workload_limit) return;
    found = all_.emplace(name, one{}).first;
  }
  auto& seen = found->second;
  if (when.host_s <= seen.latest_host_s) return;
  if (!first) {
    auto const& before = seen.last;
    seen.rates.push(
        when.host_s,
        {when.host_s - seen.latest_host_s, grown(what.run_s, before.run_s),
         // Of the tasks that are alive: one that ended takes its switches along.
         what.switches > before.switches ? static_cast<double>(what.switches - before.switches) : 0,
         what.group == before.group ? grown(what.throttled_s, before.throttled_s) : 0,
         grown(pressure(what, "cpu_some"), pressure(before, "cpu_some")),
         grown(pressure(what, "io_some"), pressure(before, "io_some")),
         grown(pressure(what, "memory_some"), pressure(before, "memory_some")),
         counted(what, "R") > 0 ? 1.0 : 0.0, really_blocked(what) ? 1.0 : 0.0});
  }
  seen.latest_host_s = when.host_s;
  seen.seen_s = when.guest_s;
  seen.last = what;
  bound(seen.last);
}

own_view::one const* own_view::of(std::string const& workload, double now_s) const {
  auto const found = all_.find(workload);
  return found == all_.end() || now_s - found->second.seen_s > fresh_s ? nullptr : &found->second;
}

}  // namespace wedgehog::verdict
