#include "verdict/view/view.hpp"

#include <algorithm>
#include <cmath>
#include "timeline/milestones.hpp"

namespace wedgehog::verdict {
namespace {

constexpr std::size_t step_limit = 256;

// What only a running guest makes.
bool of_guest(timeline::payload const& what) {
  return std::holds_alternative<timeline::beat>(what) ||
         std::holds_alternative<timeline::canary>(what) ||
         std::holds_alternative<timeline::workload>(what) ||
         std::holds_alternative<timeline::workload_tasks>(what) ||
         std::holds_alternative<timeline::guest>(what);
}

// Some of its tasks blocks and is let go again and again, and none stands blocked.
bool moves(view const& seen, own_view::one const& mine) {
  auto const& movers = seen.kernel.movers;
  auto const blocked = seen.stuck(seen.recent_s);
  return std::any_of(movers.begin(), movers.end(),
                     [&](auto const& each) {
                       return mine.has(each.first) && each.second.moves >= 2 &&
                              seen.now_s - each.second.moved_s < seen.settled_s;
                     }) &&
         std::none_of(blocked.begin(), blocked.end(),
                      [&mine](auto const& each) { return mine.has(each.pid); });
}

double sane_scale(double scale) {
  return std::isfinite(scale) ? std::clamp(scale, 0.01, 1000.0) : 1.0;
}

}  // namespace

view::view(budgets const& granted)
    : budget_s(
          std::clamp(in_seconds(granted.no_progress) * sane_scale(granted.time_scale), 1.0, 1e7)),
      quiet_s(thresholds::quiet_s * std::max(1.0, sane_scale(granted.time_scale))),
      recent_s(std::min(quiet_s, budget_s / 2)),
      settled_s(budget_s * thresholds::settled_share),
      reset_expected(granted.reset_expected),
      storage(std::clamp(settled_s, 8.0, 60.0), std::max(3.0, budget_s * thresholds::gap_share)) {}

void view::observe(timeline::signal const& one) {
  stamp const when = clock_.observe(one.at);
  auto const& what = one.what;
  if (machine.leaving && of_guest(what)) return;
  if (auto const* state = std::get_if<timeline::machine_state>(&what)) {
    machine.observe(when, *state);
  } else if (auto const* event = std::get_if<timeline::qmp_event>(&what)) {
    machine.observe(*event);
    if (event->name == "RESET" && (reset_expected || machine.reset_planned)) forget_guest();
  } else if (auto const* hold = std::get_if<timeline::hold>(&what)) {
    machine.observe(*hold);
  } else if (auto const* beat = std::get_if<timeline::beat>(&what)) {
    life.observe(when, *beat);
  } else if (auto const* canary = std::get_if<timeline::canary>(&what)) {
    life.observe(when, *canary);
  } else if (auto const* gap = std::get_if<timeline::gap>(&what)) {
    life.observe(when, *gap);
  } else if (auto const* workload = std::get_if<timeline::workload>(&what)) {
    if (workloads.observe(when, *workload,
                          {life.canaries, kernel.fresh(when.guest_s) ? kernel.tasks() : 0}))
      life.sign(when);
  } else if (auto const* disk = std::get_if<timeline::disk>(&what)) {
    storage.observe(when, *disk);
    faults.observe(when, *disk);
  } else if (auto const* own = std::get_if<timeline::workload_tasks>(&what)) {
    tasks.observe(when, *own);
    life.sign(when);
  } else if (auto const* output = std::get_if<timeline::output>(&what)) {
    workloads.observe(*output);
  } else if (auto const* vcpu = std::get_if<timeline::vcpu>(&what)) {
    processors.observe(when, *vcpu);
  } else if (auto const* guest = std::get_if<timeline::guest>(&what)) {
    kernel.observe(when, *guest);
    life.sign(when);
  } else if (auto const* line = std::get_if<timeline::console_line>(&what)) {
    console.observe(when, *line, {workloads.any_begun, faults.data_at_risk});
  } else if (auto const* said = std::get_if<timeline::console_class>(&what)) {
    console.observe(when, *said, {workloads.any_begun, faults.data_at_risk});
  } else if (auto const* fault = std::get_if<timeline::fault>(&what)) {
    faults.observe(when, *fault);
    machine.observe(*fault);
  } else if (auto const* step = std::get_if<timeline::step>(&what)) {
    observe_step(when, *step);
    faults.observe(*step);
  } else if (auto const* milestone = std::get_if<timeline::milestone>(&what)) {
    observe_milestone(when, *milestone);
  }
  clock_.pace(machine.left());
  clock_.hold(machine.held() || starved(when.host_s) || processors.out_of_sight(when.host_s));
}

void view::observe_step(stamp when, timeline::step const& what) {
  if (what.phase == "began") {
    if (steps.size() < step_limit)
      steps[what.path.substr(0, 64)] = {what.what.substr(0, 200), when.guest_s, when.guest_s};
  } else {
    steps.erase(what.path.substr(0, 64));
  }
}

void view::observe_milestone(stamp when, timeline::milestone const& what) {
  if (timeline::is(what, timeline::reached::progress))
    for (auto& [path, step] : steps) step.progress_s = when.guest_s;
  if (timeline::is(what, timeline::reached::machine_started)) {
    storage.restart();
    storage.flushes = 0;
  }
  if (timeline::is(what, timeline::reached::machine_started) ||
      timeline::is(what, timeline::reached::reset_expected))
    forget_guest();
  if (timeline::is(what, timeline::reached::guest_os)) console.ask_tables_of(what.detail);
  machine.observe(what);
  workloads.observe(what);
}

// Another machine, or the same one begun anew: nothing of the old kernel holds.
void view::forget_guest() {
  held_otherwise_s = -1e300;
  life = {};
  kernel.restart();
  tasks = {};
  console.restart();
  processors = {};
  workloads = {};
  if (storage.flushes) storage.flushes = 0;
}

bool view::starved(double at_host_s) const {
  return (processors.starved(at_host_s) && !kernel.rests(at_host_s)) ||
         processors.kept_waiting(at_host_s).has_value();
}

void view::look(microseconds at) {
  stamp const when = clock_.at(at);
  now_s = when.guest_s;
  now_host_s = when.host_s;
  if (lacks_memory()) lacked_memory_s = now_s;
  if (held_otherwise()) held_otherwise_s = now_s;
}

bool view::held_otherwise() const {
  auto const* work = workloads.most_stuck();
  if (work == nullptr) return false;
  auto const* mine = own();
  if (work->state == "stopped") return true;
  if (mine != nullptr && (mine->last.frozen || mine->is_stopped() ||
                          mine->throttled_share() >= thresholds::waiting_share || is_starved()))
    return true;
  if (!kernel.fresh(now_s)) return false;
  bool const others_io = mine != nullptr && mine->never_blocked();
  if (!others_io && (kernel.io_wanted() >= thresholds::waiting_share ||
                     kernel.io_pressure() >= thresholds::busy_share))
    return true;
  if (kernel.memory_pressure() >= thresholds::memory_share &&
      kernel.system_share() < thresholds::burning)
    return true;
  auto const blocked = stuck(recent_s);
  return std::any_of(blocked.begin(), blocked.end(), [this](auto const& each) {
    return !waits_harmlessly(each.what->waits()) && !is_bystander(each);
  });
}

bool view::is_starved() const {
  auto const* mine = own();
  return mine != nullptr && mine->runnable_share() >= thresholds::waiting_share &&
         mine->run_share() < thresholds::burning &&
         kernel.cpu_wanted() >= thresholds::waiting_share;
}

double view::stalled_s() const {
  auto const* stuck = workloads.most_stuck();
  return stuck == nullptr ? 0 : std::max(0.0, now_s - stuck->progress_s);
}

double view::let_go_s() const {
  auto const* stuck = workloads.most_stuck();
  return stuck == nullptr ? faults.let_go_s(now_s, recent_s)
                          : faults.let_go_s(stuck->progress_s, recent_s);
}

double view::used_s() const {
  auto const* stuck = workloads.most_stuck();
  if (stuck == nullptr) return 0;
  return std::max(0.0, now_s - std::max(stuck->progress_s, let_go_s()));
}

double view::still_s() const {
  if (workloads.most_stuck() != nullptr) return used_s();
  double last_s = life.canaries > 0 ? life.canary_last_s : 0;
  for (auto const& [path, step] : steps) last_s = std::max(last_s, step.progress_s);
  return std::max(0.0, now_s - std::max(last_s, let_go_s()));
}

std::vector<kernel_view::stuck_task> view::stuck(double least_s) const {
  auto found = kernel.stuck(now_s, least_s);
  double const let_go = let_go_s();
  std::erase_if(found, [&](auto const& each) {
    return each.what->since_s < let_go && now_s - let_go < least_s;
  });
  return found;
}

own_view::one const* view::own() const {
  return workloads.most_stuck() == nullptr ? nullptr
                                           : tasks.of(workloads.name_of_most_stuck(), now_s);
}

bool view::is_bystander(kernel_view::stuck_task const& one) const {
  auto const* mine = own();
  auto const waits = one.what->waits();
  return mine != nullptr && (mine->never_blocked() || moves(*this, *mine)) && !mine->has(one.pid) &&
         (on_road_to_storage(waits) || waits_for_thaw(waits));
}

bool view::reports_come() const {
  auto const* stuck = workloads.most_stuck();
  return stuck != nullptr && now_s - stuck->report_s < quiet_s;
}

bool view::stall_said(console_view::said const& line) const {
  if (line.within(now_s, thresholds::stall_line_s)) return true;
  return line.count > 0 &&
         std::any_of(processors.all.begin(), processors.all.end(), [&](auto const& each) {
           auto const& streak = each.second.kernel;
           return streak.samples >= thresholds::masked_samples && streak.since_s <= line.last_s;
         });
}

bool view::lacks_memory() const {
  if (!kernel.fresh(now_s) || kernel.reclaims_per_second() < thresholds::reclaim_rate) return false;
  double const back = kernel.refaults_per_second();
  return kernel.memory_pressure() >= thresholds::memory_share ||
         (back >= thresholds::reclaim_rate &&
          back >= thresholds::refault_share * storage.completions_per_second());
}

bool view::steps_silent() const {
  if (life.canaries > 0 && now_s - life.canary_last_s < recent_s) return false;
  return std::none_of(steps.begin(), steps.end(),
                      [&](auto const& each) { return now_s - each.second.progress_s < recent_s; });
}

double view::canaries_since_progress() const {
  auto const* stuck = workloads.most_stuck();
  if (stuck == nullptr || life.canaries < stuck->canaries_at_progress) return 0;
  return static_cast<double>(life.canaries - stuck->canaries_at_progress);
}

}  // namespace wedgehog::verdict
