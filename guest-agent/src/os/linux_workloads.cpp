#include "os/linux_workloads.hpp"

#include <dirent.h>

#include <algorithm>
#include <set>

#include "os/linux_mapper.hpp"
#include "os/linux_text.hpp"

namespace wedgehog::guest::os {

namespace {

constexpr std::size_t devices_limit = 32;
constexpr std::size_t groups_limit = 8;
constexpr int depth_limit = 8;

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

std::string first_line(std::string const& path) {
  auto const text = read_text(path, 512);
  return text.substr(0, text.find('\n'));
}

// Where the unified hierarchy is mounted; empty where it is not (yet).
std::string group_root() {
  auto const text = read_text("/proc/mounts", 64 * 1024);
  for (std::string_view rest = text; !rest.empty();) {
    auto line = take_line(rest);
    auto const device_end = line.find(' ');
    auto const place_end = line.find(' ', device_end + 1);
    if (device_end == std::string_view::npos || place_end == std::string_view::npos) continue;
    if (starts_with(line.substr(place_end + 1), "cgroup2 "))
      return std::string(line.substr(device_end + 1, place_end - device_end - 1));
  }
  return {};
}

// cgroups(7), /proc/pid/cgroup: "0::/path" is that of the unified hierarchy.
std::string group_of(std::uint32_t process) {
  auto const text = read_text("/proc/" + std::to_string(process) + "/cgroup", 4096);
  for (std::string_view rest = text; !rest.empty();) {
    auto const line = take_line(rest);
    if (starts_with(line, "0::")) return std::string(line.substr(3));
  }
  return {};
}

std::uint64_t number_in(std::string const& path, std::string_view key) {
  auto const text = read_text(path, 4096);
  for (std::string_view rest = text; !rest.empty();) {
    auto line = take_line(rest);
    if (take_word(line) == key) return take_number(line);
  }
  return 0;
}

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=123"
bool read_pressure(std::string const& path, std::uint64_t& some, std::uint64_t& full) {
  auto const text = read_text(path, 1024);
  for (std::string_view rest = text; !rest.empty();) {
    auto const line = take_line(rest);
    auto const at = line.find("total=");
    if (at == std::string_view::npos) continue;
    (starts_with(line, "some") ? some : full) = to_number(line.substr(at + 6));
  }
  return !text.empty();
}

// Linux Documentation/admin-guide/cgroup-v2.rst: cpu.max is "QUOTA PERIOD" or "max PERIOD".
void add_limits(std::string const& folder, wire::workload_tasks& seen) {
  auto const text = read_text(folder + "/cpu.max", 128);
  if (!text.empty() && text[0] != 'm') {
    std::string_view rest = text;
    auto const quota = take_number(rest);
    auto const period = take_number(rest);
    auto const limit = period == 0 ? 0 : std::max<std::uint64_t>(quota * 10000U / period, 1);
    if (limit != 0 && (seen.cpu_limit == 0 || limit < seen.cpu_limit)) seen.cpu_limit = limit;
  }
  seen.throttled_us += number_in(folder + "/cpu.stat", "throttled_usec");
  seen.memory_high += number_in(folder + "/memory.events", "high");
  seen.memory_max += number_in(folder + "/memory.events", "max");
  seen.memory_kills += number_in(folder + "/memory.events", "oom_kill");
}

// A group is held back by its own limits and by those above it.
wire::workload_tasks state_of_group(std::string const& root, std::string const& group) {
  wire::workload_tasks seen;
  seen.group = group;
  auto const folder = root + group;
  seen.frozen = number_in(folder + "/cgroup.events", "frozen") != 0;
  std::uint64_t ignored = 0;
  seen.has_pressure =
      group.size() > 1 && read_pressure(folder + "/cpu.pressure", seen.cpu_some_us, ignored);
  if (seen.has_pressure) {
    read_pressure(folder + "/io.pressure", seen.io_some_us, seen.io_full_us);
    read_pressure(folder + "/memory.pressure", seen.memory_some_us, seen.memory_full_us);
  }
  auto above = group;
  for (int depth = 0; depth < depth_limit && above.size() > 1; ++depth) {
    add_limits(root + above, seen);
    above.resize(above.rfind('/') == std::string::npos ? 0 : above.rfind('/'));
  }
  return seen;
}

bool held_back_more(wire::workload_tasks const& one, wire::workload_tasks const& other) {
  if (one.frozen != other.frozen) return one.frozen;
  if (one.throttled_us != other.throttled_us) return one.throttled_us > other.throttled_us;
  return one.group.size() > other.group.size();
}

void add_group(std::set<std::uint32_t> const& processes, wire::workload_tasks& seen) {
  auto const root = group_root();
  if (root.empty()) return;
  std::set<std::string> groups;
  for (auto const process : processes)
    if (groups.size() < groups_limit)
      if (auto group = group_of(process); !group.empty()) groups.insert(std::move(group));
  wire::workload_tasks worst;
  for (auto const& group : groups) {
    auto one = state_of_group(root, group);
    if (worst.group.empty() || held_back_more(one, worst)) worst = std::move(one);
  }
  worst.name = seen.name;
  worst.running = seen.running;
  worst.sleeping = seen.sleeping;
  worst.blocked = seen.blocked;
  worst.stopped = seen.stopped;
  worst.cpu_ticks = seen.cpu_ticks;
  worst.switches = seen.switches;
  worst.pids = std::move(seen.pids);
  worst.waiting = std::move(seen.waiting);
  seen = std::move(worst);
}

void add_task(task const& one, bool stands_still, wire::workload_tasks& seen) {
  switch (one.state) {
    case 'R':
      ++seen.running;
      break;
    case 'D':
      ++seen.blocked;
      break;
    case 'T':
    case 't':
      ++seen.stopped;
      break;
    default:
      ++seen.sleeping;
  }
  seen.cpu_ticks += one.cpu_ticks;
  auto const switches = count_switches(one.directory);
  seen.switches += switches;
  if (seen.pids.size() < wire::listed_pids_limit) seen.pids.push_back(one.id);
  if (!stands_still || one.state == 'R' || seen.waiting.size() >= wire::waiting_tasks_limit) return;
  wire::waiting_task waiting;
  waiting.pid = one.id;
  waiting.comm = one.comm;
  waiting.state = std::string(1, one.state);
  waiting.switches = switches;
  waiting.wchan = wait_channel(one.directory);
  waiting.stack = kernel_stack(one.directory, wire::stack_limit);
  seen.waiting.push_back(std::move(waiting));
}

// Linux Documentation/admin-guide/md.rst: writes between suspend_lo and suspend_hi (sectors) wait.
// Nothing else says so: array_state stays as it is.
bool is_suspended(std::string const& array) {
  return to_number(first_line(array + "/suspend_hi")) >
         to_number(first_line(array + "/suspend_lo"));
}

}  // namespace

wire::workload_tasks tasks_of(workload_root const& root, std::vector<task> const& all) {
  // Its process group, and whoever descends from it: a script may begin a session of its own.
  std::set<std::uint32_t> processes{root.process};
  for (bool grown = true; grown;) {
    grown = false;
    for (auto const& one : all)
      if ((one.group == root.process || processes.count(one.parent) != 0) &&
          processes.insert(one.process).second)
        grown = true;
  }
  wire::workload_tasks seen;
  seen.name = root.name;
  // The youngest first: the shell that waits for its program says least.
  for (auto one = all.rbegin(); one != all.rend(); ++one)
    if (processes.count(one->process) != 0) add_task(*one, root.stands_still, seen);
  add_group(processes, seen);
  return seen;
}

std::vector<wire::device_state> stacked_devices() {
  std::vector<wire::device_state> found;
  DIR* const stream = opendir("/sys/block");
  if (!stream) return found;
  while (auto const* entry = readdir(stream)) {
    std::string const name = entry->d_name;
    auto const folder = "/sys/block/" + name;
    std::string state;
    if (starts_with(name, "dm-")) {
      state = first_line(folder + "/dm/name") +
              (first_line(folder + "/dm/suspended") == "1" ? " suspended" : " active");
    } else if (starts_with(name, "md")) {
      state = first_line(folder + "/md/array_state");
      if (is_suspended(folder + "/md")) state += " suspended";
      auto const lacking = first_line(folder + "/md/degraded");
      if (!lacking.empty() && lacking != "0") state += " degraded " + lacking;
      auto const action = first_line(folder + "/md/sync_action");
      if (!action.empty() && action != "idle") state += " " + action;
    } else if (starts_with(name, "loop")) {
      auto const file = first_line(folder + "/loop/backing_file");
      if (!file.empty()) state = "on " + file;
    }
    if (!state.empty() && found.size() < devices_limit) found.push_back({name, state});
  }
  closedir(stream);
  for (auto& said : mapper_states())
    if (found.size() < devices_limit) found.push_back(std::move(said));
  return found;
}

}  // namespace wedgehog::guest::os
