#include "board.hpp"

#include <mutex>

#include "clock.hpp"

namespace wedgehog::guest {

using state = wire::workload_state;

namespace {
// Without progress for so long, what its tasks wait for is told each second.
constexpr std::uint64_t stands_still_us = 3000000;
}  // namespace

board::board() : supervisor_turn_us(now_us()), observed_us(now_us()), began_us_(now_us()) {}

std::uint64_t board::next_turn_us(std::uint64_t now) const {
  return now + turn_us - (now - began_us_) % turn_us;
}

board::workload* board::place_for(wire::name_text const& name) {
  workload* free = nullptr;
  for (auto& candidate : workloads_) {
    bool const finished = candidate.report.state == state::gone;
    if (candidate.report.state != state::none && candidate.report.name == name)
      return finished ? &candidate : nullptr;
    if (candidate.report.state == state::none && (!free || free->report.state == state::gone))
      free = &candidate;
    else if (finished && !free)
      free = &candidate;
  }
  return free;
}

bool board::may_add_workload(wire::name_text const& name) {
  std::lock_guard<mutex> const guard(lock_);
  return place_for(name) != nullptr;
}

int board::add_workload(wire::name_text const& name, std::uint64_t request, std::uint32_t pid,
                        std::atomic<std::uint64_t> const* counter) {
  std::lock_guard<mutex> const guard(lock_);
  auto* place = place_for(name);
  if (!place) return none;
  *place = workload{};
  place->report.name = name;
  place->report.request = request;
  place->report.pid = pid;
  place->report.state = state::running;
  place->counter = counter;
  place->changed_us = now_us();
  return static_cast<int>(place - workloads_);
}

void board::count(int place, std::uint64_t lines, std::uint64_t errors) {
  std::lock_guard<mutex> const guard(lock_);
  auto& here = workloads_[place];
  here.report.errors += errors;
  if (here.counter || lines == 0) return;
  here.report.done += lines;
  here.changed_us = now_us();
}

void board::set_state(int place, state now) {
  std::lock_guard<mutex> const guard(lock_);
  workloads_[place].report.state = now;
}

void board::set_stopped_groups(os::group_state const* groups, std::size_t count) {
  std::lock_guard<mutex> const guard(lock_);
  for (auto& one : workloads_) {
    one.group_stopped = false;
    // A shell that waits for its stopped program does not make the workload a running one.
    for (std::size_t i = 0; i < count; ++i)
      if (groups[i].group == one.report.pid && groups[i].busy == 0) one.group_stopped = true;
  }
}

void board::end_workload(int place, std::uint32_t exit_status, std::uint32_t signal) {
  std::lock_guard<mutex> const guard(lock_);
  auto& here = workloads_[place];
  if (here.counter) here.report.done = *here.counter;
  here.counter = nullptr;  // its memory goes away with the workload
  here.report.state = state::gone;
  here.report.exit_status = exit_status;
  here.report.signal = signal;
  if (exit_status != 0) ++here.report.errors;
}

board::canary* board::canary_place_for(wire::name_text const& directory) {
  canary* free = nullptr;
  for (auto& candidate : canaries_) {
    if (candidate.page && candidate.report.directory == directory)
      return candidate.gone ? &candidate : nullptr;
    if (!free && (!candidate.page || candidate.gone)) free = &candidate;
  }
  return free;
}

bool board::may_add_canary(wire::name_text const& directory) {
  std::lock_guard<mutex> const guard(lock_);
  return canary_place_for(directory) != nullptr;
}

int board::add_canary(wire::name_text const& directory, std::uint64_t request,
                      canary_page const* page) {
  std::lock_guard<mutex> const guard(lock_);
  auto* place = canary_place_for(directory);
  if (!place) return none;
  *place = canary{};
  place->report.directory = directory;
  place->report.request = request;
  place->page = page;
  return static_cast<int>(place - canaries_);
}

void board::end_canary(int place) {
  std::lock_guard<mutex> const guard(lock_);
  canaries_[place].gone = true;
}

void board::fill(std::vector<os::workload_root>& workloads, bool all_of_them) {
  auto const now = now_us();
  workloads.clear();
  std::lock_guard<mutex> const guard(lock_);
  for (auto& one : workloads_) {
    if (one.report.state != state::running && one.report.state != state::stopped) continue;
    bool const moved = one.counter && *one.counter != one.report.done;
    bool const still = !moved && now > one.changed_us + stands_still_us;
    if (still || all_of_them) workloads.push_back({one.report.name, one.report.pid, still});
  }
}

void board::fill(wire::beat& beat) {
  auto const now = now_us();
  auto const since_ms = [now](std::uint64_t then) { return now > then ? (now - then) / 1000U : 0; };
  beat.guest_us = now;
  beat.supervisor_age_ms = since_ms(supervisor_turn_us);
  beat.observer_age_ms = since_ms(observed_us);
  beat.garbage_bytes = garbage_bytes;
  beat.lost_frames = lost_frames;
  beat.workloads.clear();
  beat.canaries.clear();
  std::lock_guard<mutex> const guard(lock_);
  for (auto& one : workloads_) {
    if (one.report.state == state::none) continue;
    if (one.counter && *one.counter != one.report.done) {
      one.report.done = *one.counter;
      one.changed_us = now;
    }
    auto report = one.report;
    report.age_ms = since_ms(one.changed_us);
    if (report.state == state::running && one.group_stopped) report.state = state::stopped;
    beat.workloads.push_back(report);
  }
  for (auto const& one : canaries_) {
    if (!one.page) continue;
    auto report = one.report;
    auto const began = one.page->round_began_us.load();
    report.completed = one.page->completed;
    report.failed = one.page->failed;
    report.phase = static_cast<wire::canary_phase>(one.page->phase.load());
    report.pending_ms = began == 0 ? 0 : since_ms(began);
    report.execute_us = one.page->execute_us;
    report.files_us = one.page->files_us;
    report.failed_phase = static_cast<wire::canary_phase>(one.page->failed_phase.load());
    report.error_number = one.page->error_number;
    if (one.gone) {
      report.phase = wire::canary_phase::gone;
      report.pending_ms = 0;
    }
    beat.canaries.push_back(report);
  }
}

}  // namespace wedgehog::guest
