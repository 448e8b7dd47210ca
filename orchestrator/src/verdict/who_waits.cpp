#include "verdict/who_waits.hpp"

#include <fmt/format.h>

namespace wedgehog::verdict {
namespace {

// Samples are a second apart, and a workload may have moved a little after its last operation was
// counted.
constexpr double together_s = 5;

// Without an observer of the workload's own tasks, order in time tells: whoever is the reason that
// it stopped, or stopped with it, did not block before.
bool may_be_own(view const& seen, double since_s) {
  auto const* work = seen.workloads.most_stuck();
  return work == nullptr || since_s >= work->progress_s - together_s;
}

void look_at_stuck(view const& seen, own_view::one const* own, who_waits& found) {
  for (auto const& each : seen.stuck(seen.settled_s)) {
    auto const waits = each.what->waits();
    if (waits_harmlessly(waits)) continue;
    bool const proved = own != nullptr && own->has(each.pid);
    bool const mine = own != nullptr ? proved : may_be_own(seen, each.what->since_s);
    named_task const task{each.pid, each.what->name, each.what->where(), each.lasted_s, proved, 0};
    if (on_road_to_storage(waits)) {
      // A kernel thread works for others: it leads there when one of them is stuck as well.
      auto& to = mine || (own != nullptr && each.what->kernel_thread) ? found.leads_to_storage
                                                                      : found.bystander;
      bool const better = to && proved && !to->proved;
      if (!to || better) to = task;
    } else if (mine && waits_for_lock(waits)) {
      if (!found.behind_lock) found.behind_lock = task;
    } else if (mine && waits_for_something_else(waits) && !each.what->kernel_thread) {
      if (!found.waits_for_else) found.waits_for_else = task;
    }
  }
}

void look_at_movers(view const& seen, own_view::one const* own, who_waits& found) {
  auto const* work = seen.workloads.most_stuck();
  if (work == nullptr) return;
  for (auto const& [pid, each] : seen.kernel.movers) {
    bool const mine = own != nullptr
                          ? own->has(pid)
                          : each.first_s >= work->progress_s - together_s &&
                                each.first_s <= work->progress_s + together_s + seen.recent_s;
    bool const moves = each.moves >= 2 && seen.now_s - each.moved_s < seen.settled_s;
    if (!mine || !moves || found.moves) continue;
    auto const waits = each.waits();
    if (!on_road_to_storage(waits) && !is_throttled(waits)) continue;
    found.moves = named_task{
        pid, each.name, waits.innermost(), seen.now_s - each.moved_s, own != nullptr, each.moves};
  }
}

}  // namespace

who_waits who_waits_for_what(view const& seen) {
  who_waits found;
  auto const* own = seen.own();
  found.own_known = own != nullptr;
  look_at_stuck(seen, own, found);
  look_at_movers(seen, own, found);
  if (own == nullptr) return found;
  bool const led = found.leads_to_storage && found.leads_to_storage->proved;
  if (auto const* task = own->asynchronous(); task != nullptr && !led)
    found.leads_to_storage =
        named_task{task->pid,
                   task->name,
                   task->frames.empty() ? task->wait_channel : task->frames.front(),
                   seen.stalled_s(),
                   true,
                   0};
  // Only kernel threads, and none of the workload's waits for anything: they work for others.
  bool const mine = (found.leads_to_storage && found.leads_to_storage->proved) || found.behind_lock;
  if (!mine && found.leads_to_storage) {
    if (!found.bystander) found.bystander = found.leads_to_storage;
    found.leads_to_storage.reset();
  }
  return found;
}

std::string in_words(named_task const& one) {
  return fmt::format("'{}'{}{} for {:.0f} s", one.name,
                     one.where.empty() ? " is blocked" : " waits in ", one.where, one.lasted_s);
}

}  // namespace wedgehog::verdict
