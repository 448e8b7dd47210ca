#include "verdict/view/kernel_view.hpp"

#include <algorithm>
#include <string_view>

#include "verdict/thresholds.hpp"
#include "verdict/view/limits.hpp"

namespace wedgehog::verdict {
namespace {

constexpr std::size_t task_limit = 1024;
constexpr std::size_t disk_limit = 128;
constexpr std::size_t frame_limit = 16;
// One sample that was delivered late is no reboot.
constexpr int fallen_samples = 3;
// Samples that the recorder missed do not end a wait.
constexpr double missed_s = 5;
// An observer that lists so many tasks may have left others out.
constexpr std::size_t full_list = 10;

double counted(std::uint64_t now, std::uint64_t before) {
  return now > before ? static_cast<double>(now - before) : 0;
}

double cpu_column(timeline::guest const& one, std::size_t column) {
  double sum = 0;
  for (auto const& cpu : one.cpu_s)
    if (column < cpu.size()) sum += cpu[column];
  return sum;
}

double pressure(timeline::guest const& one, char const* name) {
  auto const found = one.pressure_s.find(name);
  return found == one.pressure_s.end() ? 0 : found->second;
}

std::uint64_t pages(timeline::guest const& one, char const* name) {
  auto const found = one.vm.find(name);
  return found == one.vm.end() ? 0 : found->second;
}

void keep_frames(std::vector<std::string>& to, std::vector<std::string> const& frames) {
  to.clear();
  for (auto const& frame : frames) {
    if (to.size() == frame_limit) break;
    to.push_back(frame.substr(0, name_limit));
  }
}

bool stacked(std::string_view disk) {
  return disk.starts_with("dm-") || disk.starts_with("md") || disk.starts_with("loop");
}

}  // namespace

void kernel_view::restart() {
  *this = {};
}

void kernel_view::observe(stamp when, timeline::guest const& what) {
  if (when.host_s <= latest_host_s_) return;
  latest_host_s_ = when.host_s;
  double const now_s = when.guest_s;
  if (what.uptime_s + 5 < highest_uptime_s_) {
    if (++fallen_ >= fallen_samples) went_back = true;
  } else {
    fallen_ = 0;
    highest_uptime_s_ = std::max(highest_uptime_s_, what.uptime_s);
  }
  if (last_) {
    auto const grown = [&](std::size_t column) {
      return std::max(0.0, cpu_column(what, column) - cpu_column(*last_, column));
    };
    rates.push(
        when.host_s,
        {when.host_s - last_host_s_, counted(what.context_switches, last_->context_switches),
         grown(0), grown(1) + grown(4),
         std::max(0.0, pressure(what, "io_full") - pressure(*last_, "io_full")),
         // A scan that was cut short counted only some of the tasks.
         static_cast<double>(what.blocked_cut_short ? last_->tasks : what.tasks),
         what.cpu_s.empty() ? 0 : (grown(2) + grown(3)) / static_cast<double>(what.cpu_s.size()),
         std::max(0.0, pressure(what, "cpu_some") - pressure(*last_, "cpu_some")),
         std::max(0.0, pressure(what, "io_some") - pressure(*last_, "io_some")),
         counted(what.forks, last_->forks)});
    memory.push(when.host_s,
                {when.host_s - last_host_s_,
                 std::max(0.0, pressure(what, "memory_some") - pressure(*last_, "memory_some")),
                 counted(pages(what, "steal"), pages(*last_, "steal")),
                 counted(pages(what, "refault"), pages(*last_, "refault"))});
  }
  observe_blocked(now_s, what);
  observe_movers(now_s, what);
  observe_disks(now_s, what);
  devices.clear();
  for (auto const& [name, state] : what.devices)
    if (devices.size() < disk_limit)
      devices[name.substr(0, name_limit)] = state.substr(0, 2 * name_limit);

  last_ = what;
  last_->blocked.clear();
  last_host_s_ = when.host_s;
  seen_s = now_s;
  first_ = false;
}

void kernel_view::observe_blocked(double now_s, timeline::guest const& what) {
  for (auto const& each : what.blocked) {
    auto found = blocked.find(each.pid);
    if (found == blocked.end()) {
      if (blocked.size() >= task_limit) continue;
      found = blocked.emplace(each.pid, task{}).first;
      found->second.resident = first_ && each.kernel_thread;
      found->second.since_s = now_s;
    } else if (found->second.switches != each.switches || found->second.name != each.name ||
               now_s - found->second.seen_s > missed_s) {
      found->second.since_s = now_s;
      found->second.resident = false;
    }
    auto& one = found->second;
    one.name = each.name.substr(0, 64);
    one.switches = each.switches;
    one.seen_s = now_s;
    one.kernel_thread = each.kernel_thread;
    one.wait_channel = each.wait_channel.substr(0, 128);
    // A stack that could not be read this time was read before: nothing ran since.
    if (!each.frames.empty() || one.since_s == now_s) keep_frames(one.frames, each.frames);
  }
  listed_all = what.blocked.size() < full_list && !what.blocked_cut_short;
  std::erase_if(blocked, [&](auto const& each) {
    return each.second.seen_s < now_s - (listed_all ? 0 : missed_s);
  });
}

void kernel_view::observe_movers(double now_s, timeline::guest const& what) {
  for (auto const& each : what.blocked) {
    if (each.kernel_thread) continue;
    auto found = movers.find(each.pid);
    if (found == movers.end() || found->second.name != each.name.substr(0, 64)) {
      if (found == movers.end() && movers.size() >= task_limit) continue;
      mover fresh;
      fresh.name = each.name.substr(0, 64);
      fresh.switches = each.switches;
      fresh.first_s = fresh.moved_s = now_s;
      found = movers.insert_or_assign(each.pid, std::move(fresh)).first;
    }
    auto& one = found->second;
    if (one.switches != each.switches) {
      ++one.moves;
      one.moved_s = now_s;
    }
    one.switches = each.switches;
    one.seen_s = now_s;
    one.wait_channel = each.wait_channel.substr(0, name_limit);
    if (!each.frames.empty()) keep_frames(one.frames, each.frames);
  }
  std::erase_if(movers, [&](auto const& each) { return each.second.seen_s < now_s - missed_s; });
}

void kernel_view::observe_disks(double now_s, timeline::guest const& what) {
  for (auto const& [whole_name, each] : what.disks) {
    std::string const name = whole_name.substr(0, name_limit);
    auto found = disks.find(name);
    if (found == disks.end()) {
      if (disks.size() >= disk_limit) continue;
      found = disks.emplace(name, guest_disk{}).first;
    }
    auto& one = found->second;
    bool const completed = one.last.reads != each.reads || one.last.writes != each.writes ||
                           one.last.flushes != each.flushes;
    if (each.in_flight == 0)
      one.stuck_s.reset();
    else if (completed || !one.stuck_s)
      one.stuck_s = now_s;
    if (one.last.flushes != each.flushes) one.flushed_s = now_s;
    one.last = each;
    one.seen_s = now_s;
  }
}

bool kernel_view::rests(double now_host_s) const {
  return now_host_s - rates.newest_s() <= missed_s && per_second(6) >= thresholds::resting_guest;
}

double kernel_view::per_second(std::size_t column) const {
  return rates.sum(0) <= 0 ? 0 : rates.sum(column) / rates.sum(0);
}

double kernel_view::memory_per_second(std::size_t column) const {
  return memory.sum(0) <= 0 ? 0 : memory.sum(column) / memory.sum(0);
}

std::vector<kernel_view::stuck_task> kernel_view::stuck(double now_s, double least_s) const {
  std::vector<stuck_task> found;
  if (!fresh(now_s)) return found;
  for (auto const& [pid, one] : blocked)
    if (!one.resident && now_s - one.since_s >= least_s)
      found.push_back({pid, &one, now_s - one.since_s});
  std::stable_sort(found.begin(), found.end(),
                   [](auto const& a, auto const& b) { return a.lasted_s > b.lasted_s; });
  return found;
}

std::optional<kernel_view::stuck_disk> kernel_view::waiting_disk(double now_s) const {
  std::optional<stuck_disk> worst;
  if (!fresh(now_s)) return worst;
  for (auto const& [name, one] : disks) {
    if (stacked(name) || !one.stuck_s || now_s - one.seen_s > 10) continue;
    double const lasted_s = now_s - *one.stuck_s;
    if (!worst || lasted_s > worst->lasted_s)
      worst = stuck_disk{name, lasted_s, one.last.in_flight};
  }
  return worst;
}

kernel_view::flush_count kernel_view::flushes() const {
  flush_count all;
  for (auto const& [name, one] : disks) {
    if (stacked(name)) continue;
    all.done += one.last.flushes;
    all.last_s = std::max(all.last_s, one.flushed_s);
  }
  return all;
}

}  // namespace wedgehog::verdict
