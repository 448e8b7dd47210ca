#include "os/listed_tasks.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "one_row.hpp"

namespace wedgehog::guest::os {

namespace {

constexpr std::uint64_t us_per_tick = 10000;

// Looking and sleeping on costs microseconds; whoever does more than this has done some work.
constexpr std::uint64_t work_us = 10000;
constexpr std::uint64_t work_us_per_s = 5000;

bool is_stuck(listed_task const& one) {
  return one.blocked && !one.idle;
}

// Programs before threads of the kernel: there are few of them, and they tell more.
int rank(listed_task const& one) {
  if (is_stuck(one)) return one.kernel ? 1 : 0;
  if (one.state == 'R') return 2;
  return one.idle ? 4 : 3;
}

std::vector<listed_task const*> by_rank(std::vector<listed_task> const& all) {
  std::vector<listed_task const*> order;
  for (auto const& one : all) order.push_back(&one);
  // Of the kernel's threads those first that have worked most: no table knows all that only rest.
  std::stable_sort(order.begin(), order.end(), [](auto const* a, auto const* b) {
    if (rank(*a) != rank(*b)) return rank(*a) < rank(*b);
    return a->kernel && b->kernel && a->run_us > b->run_us;
  });
  return order;
}

// Its process group, and whoever descends from it: a script may begin a session of its own.
std::set<std::uint32_t> family_of(std::uint32_t root, std::vector<listed_task> const& all) {
  std::set<std::uint32_t> family{root};
  for (bool grown = true; grown;) {
    grown = false;
    for (auto const& one : all)
      if (one.process != 0 && (one.group == root || family.count(one.parent) != 0) &&
          family.insert(one.process).second)
        grown = true;
  }
  return family;
}

void count(listed_task const& one, wire::workload_tasks& into) {
  if (one.state == 'R')
    ++into.running;
  else if (one.state == 'T')
    ++into.stopped;
  else if (is_stuck(one))
    ++into.blocked;
  else
    ++into.sleeping;
  into.cpu_ticks += (one.run_us + one.reaped_us) / us_per_tick;
  into.switches += one.switches;
}

wire::waiting_task waiting(listed_task const& one) {
  wire::waiting_task told;
  told.pid = one.process;
  told.comm = one.comm;
  // What the host knows by this letter, whatever the system's own ps says.
  told.state = std::string(1, is_stuck(one) ? 'D' : one.state);
  told.switches = one.switches;
  told.wchan = one.wchan;
  return told;
}

wire::workload_tasks tasks_of(workload_root const& root, std::vector<listed_task> const& all) {
  wire::workload_tasks seen;
  seen.name = root.name;
  auto const family = family_of(root.process, all);
  std::vector<listed_task const*> members;
  for (auto const& one : all)
    if (family.count(one.process) != 0) members.push_back(&one);
  // The youngest first: the shell that waits for its program says least.
  std::stable_sort(members.begin(), members.end(),
                   [](auto const* a, auto const* b) { return a->process > b->process; });
  for (auto const* one : members) {
    count(*one, seen);
    if (seen.pids.size() < wire::listed_pids_limit) seen.pids.push_back(one->process);
    if (root.stands_still && one->state != 'R' && seen.waiting.size() < wire::waiting_tasks_limit)
      seen.waiting.push_back(waiting(*one));
  }
  return seen;
}

wire::blocked_task blocked(listed_task const& one) {
  wire::blocked_task told;
  told.pid = one.kernel && one.process == 0 ? one.id : one.process;
  told.comm = one.comm;
  told.kernel = one.kernel;
  told.switches = one.switches;
  told.run_us = one.run_us;
  told.wchan = one.wchan;
  return told;
}

std::string row(listed_task const& one) {
  auto const or_dash = [](std::uint32_t number) {
    return number == 0 ? std::string("-") : std::to_string(number);
  };
  return or_dash(one.process) + " " + or_dash(one.id) + " " + or_dash(one.parent) + " " +
         std::string(1, one.state) + " " + (one.kernel ? "1" : "0") + " " +
         std::to_string(one.switches) + " " + std::to_string(one.run_us) + " " +
         (one.wchan.empty() ? "-" : on_one_row(one.wchan)) + " " + on_one_row(one.comm) + "\n";
}

}  // namespace

void same_sleeps::settle(std::vector<listed_task>& all, std::uint64_t now_ms) {
  std::map<whose, sleep> still;
  for (auto& one : all) {
    if (one.kernel || !is_stuck(one) || one.place == 0) continue;
    whose const key{one.process, one.id};
    auto const before = sleeps_.find(key);
    sleep now{one.wchan, one.place, one.switches, one.run_us, now_ms};
    if (before != sleeps_.end()) {
      auto const& then = before->second;
      auto const allowed = work_us + (now_ms - then.since_ms) * work_us_per_s / 1000U;
      if (then.wchan == now.wchan && then.place == now.place && now.switches >= then.switches &&
          now.run_us <= then.run_us + allowed)
        now = then;
    }
    one.switches = now.switches;
    still.emplace(key, std::move(now));
  }
  sleeps_ = std::move(still);
}

void tell_of(std::vector<listed_task> const& all, wire::observation& seen,
             std::vector<group_state>& groups, std::vector<workload_root> const& workloads) {
  seen.tasks = static_cast<std::uint32_t>(all.size());
  std::map<std::uint32_t, group_state> by_group;
  for (auto const* one : by_rank(all)) {
    if (is_stuck(*one)) {
      ++seen.blocked;
      if (seen.blocked_tasks.size() < wire::blocked_tasks_limit)
        seen.blocked_tasks.push_back(blocked(*one));
      else
        ++seen.blocked_tasks_unlisted;
    }
    if (one->kernel) continue;
    auto& group = by_group[one->group];
    group.group = one->group;
    if (one->state == 'T') ++group.stopped;
    if (is_stuck(*one) || one->state == 'R') ++group.busy;
  }
  for (auto const& [number, state] : by_group)
    if (number != 0 && state.stopped != 0) groups.push_back(state);
  for (auto const& root : workloads) seen.workloads.push_back(tasks_of(root, all));
}

std::string described(std::vector<listed_task> const& all, std::uint32_t process) {
  for (auto const* one : by_rank(all))
    if (one->process == process)
      return std::string(1, one->state) + " " + (one->wchan.empty() ? "-" : one->wchan);
  return {};
}

std::string table_of(std::vector<listed_task> const& all) {
  std::string text = "PID TID PPID STATE KERNEL SWITCHES RUN_US WCHAN COMM\n";
  for (auto const* one : by_rank(all)) text += row(*one);
  return text;
}

}  // namespace wedgehog::guest::os
