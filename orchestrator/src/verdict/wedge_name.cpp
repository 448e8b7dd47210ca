#include "verdict/wedge_name.hpp"

#include <algorithm>

#include "console/wedge.hpp"
#include "verdict/device_states.hpp"

namespace wedgehog::verdict {
namespace {

// The longest wait of a healthy task without a switch was 7 s (RAID5 at 50 IOPS).
constexpr double stands_still_s = 10;
constexpr std::size_t most_tasks = 64;

using tasks = std::vector<timeline::blocked_task>;

waiting_frames waits_of(timeline::blocked_task const& one) {
  return {one.frames, one.wait_channel};
}

tasks those(tasks const& all, bool (*which)(timeline::blocked_task const&)) {
  tasks some;
  std::copy_if(all.begin(), all.end(), std::back_inserter(some), which);
  return some;
}

bool waits_for_others_to_write(timeline::blocked_task const& one) {
  return waits_for_writers(waits_of(one));
}

bool writes_for_others(timeline::blocked_task const& one) {
  return waits_for_others_to_write(one) || (one.kernel_thread && on_road_to_storage(waits_of(one)));
}

// Behind writers that are held back stand the threads of the kernel that should write: they are
// what is stuck. Else whoever waits for something that nobody else explains; else whoever holds the
// locks, which are those on their way to storage; else the waiters for locks among themselves.
// Kernel threads on their way to storage work for others, and count only when nobody else is stuck.
tasks culprits(tasks const& all) {
  if (std::any_of(all.begin(), all.end(), waits_for_others_to_write))
    return those(all, writes_for_others);
  auto const others = those(all, [](auto const& one) {
    return !one.kernel_thread || !on_road_to_storage(waits_of(one));
  });
  auto const& stuck = others.empty() ? all : others;
  auto some = those(stuck, [](auto const& one) { return waits_for_something_else(waits_of(one)); });
  auto const locked = those(stuck, [](auto const& one) { return waits_for_lock(waits_of(one)); });
  if (!some.empty()) {
    some.insert(some.end(), locked.begin(), locked.end());
    return some;
  }
  some = those(stuck, [](auto const& one) {
    return on_road_to_storage(waits_of(one)) && !waits_for_lock(waits_of(one));
  });
  if (!some.empty()) return some;
  return locked.empty() ? stuck : locked;
}

// Of the workload's own where an observer tells which they are; behind a lock, or others that
// should write, everybody's.
tasks without_bystanders(view const& seen, tasks all) {
  auto const* own = seen.own();
  if (own == nullptr) return all;
  tasks mine;
  bool locked = false;
  for (auto const& one : all) {
    if (!own->has(one.pid)) continue;
    locked = locked || waits_for_lock(waits_of(one)) || waits_for_others_to_write(one);
    mine.push_back(one);
  }
  if (auto const* asleep = own->asynchronous(); mine.empty() && asleep != nullptr)
    return {{asleep->pid, asleep->name, asleep->switches, asleep->state, asleep->wait_channel,
             asleep->frames, false}};
  return mine.empty() || locked ? all : mine;
}

// The workload's own that sleep in user space's calls; whoever waits for a child says nothing.
tasks sleepers(view const& seen) {
  tasks some;
  auto const* own = seen.own();
  if (own == nullptr) return some;
  for (auto const& one : own->last.waiting)
    if (one.state == "S" && !one.frames.empty() && one.frames.front() != "do_wait")
      some.push_back(
          {one.pid, one.name, one.switches, one.state, one.wait_channel, one.frames, false});
  return some;
}

std::string places_of(tasks const& some) {
  std::vector<console::blocked_task> list;
  for (auto const& one : some)
    list.push_back({one.name, one.pid, one.kernel_thread, one.wait_channel, one.frames});
  auto const name = console::wedge_signature(list).name;
  auto const slash = name.find('/');
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

void add(std::string& to, std::string_view label) {
  if (label.empty()) return;
  to += to.empty() ? "" : "+";
  to += label;
}

}  // namespace

tasks standing_tasks(kernel_view const& seen) {
  tasks all;
  if (!seen.seen_s) return all;
  for (double const least_s : {stands_still_s, 0.0}) {
    for (auto const& each : seen.stuck(*seen.seen_s, least_s)) {
      if (all.size() == most_tasks) break;
      auto const& what = *each.what;
      all.push_back({each.pid, what.name, what.switches, "D", what.wait_channel, what.frames,
                     what.kernel_thread});
    }
    if (!all.empty()) break;
  }
  return all;
}

std::string name_of_wedge(view const& seen, kind_word kind) {
  std::string labels;
  if (kind == kind_word::user_wait) {
    auto const asleep = places_of(sleepers(seen));
    return asleep.empty() ? asleep : "wedge/user-wait+" + asleep;
  }
  bool const of_storage = kind == kind_word::held_io || kind == kind_word::lost_completion;
  if (of_storage || kind == kind_word::livelock) add(labels, name_of(kind));
  auto const guilty = culprits(without_bystanders(seen, standing_tasks(seen.kernel)));
  bool const by_themselves = std::any_of(guilty.begin(), guilty.end(), [](auto const& one) {
    return waits_for_something_else(waits_of(one));
  });
  // A device that lets nothing through is the culprit; where it caught its victims is chance.
  auto const devices = of_storage || kind == kind_word::user_spin || by_themselves
                           ? std::string()
                           : labels_of_devices(seen);
  add(labels, devices.empty() ? places_of(guilty) : devices);
  return labels.empty() ? labels : "wedge/" + labels;
}

}  // namespace wedgehog::verdict
