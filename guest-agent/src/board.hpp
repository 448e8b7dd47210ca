// What every beat reports besides itself: the workloads' counters, the canaries' state, and how
// long ago the other threads came round. Written by those who know, read by the beats; nothing here
// allocates, and no lock is held longer than it takes to copy a few hundred bytes.
#pragma once

#include <atomic>
#include <cstdint>

#include "os/os.hpp"
#include "threads.hpp"
#include "wire/messages.hpp"

namespace wedgehog::guest {

// Shared with a canary's process, which writes it; survives that process.
struct canary_page {
  std::atomic<std::uint64_t> completed{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> round_began_us{0};  // 0: between two rounds
  std::atomic<std::uint64_t> execute_us{0};
  std::atomic<std::uint64_t> files_us{0};
  std::atomic<std::uint32_t> phase{0};
  std::atomic<std::uint32_t> failed_phase{0};
  std::atomic<std::uint32_t> error_number{0};
};

class board {
 public:
  static constexpr int none = -1;

  static constexpr std::uint64_t turn_us = 1000000;

  board();

  // A place for a workload; a finished one of the same name, or the first finished one, makes room.
  // `none` when that name is running or all places are taken. `counter` may be null: lines count.
  int add_workload(wire::name_text const& name, std::uint64_t request, std::uint32_t pid,
                   std::atomic<std::uint64_t> const* counter);
  [[nodiscard]] bool may_add_workload(wire::name_text const& name);
  void count(int place, std::uint64_t lines, std::uint64_t errors);
  void set_state(int place, wire::workload_state state);
  // The process groups that were seen with a stopped task in them; all others have none.
  void set_stopped_groups(os::group_state const* groups, std::size_t count);
  void end_workload(int place, std::uint32_t exit_status, std::uint32_t signal);

  [[nodiscard]] bool may_add_canary(wire::name_text const& directory);
  int add_canary(wire::name_text const& directory, std::uint64_t request, canary_page const* page);
  void end_canary(int place);

  // The workloads whose tasks matter now: each that stands still, and every so often the others.
  void fill(std::vector<os::workload_root>& workloads, bool all_of_them);

  // The next of the moments, a second apart, at which all who come round do so: a processor that
  // rests is woken once for them all.
  [[nodiscard]] std::uint64_t next_turn_us(std::uint64_t now) const;

  // Fills all of a beat but its source and number.
  void fill(wire::beat& beat);

  std::atomic<std::uint64_t> supervisor_turn_us{0};
  std::atomic<std::uint64_t> observed_us{0};
  std::atomic<std::uint64_t> garbage_bytes{0};
  std::atomic<std::uint64_t> lost_frames{0};
  std::atomic<bool> asked{false};  // something that was asked for is under way

 private:
  struct workload {
    wire::workload_report report;
    std::atomic<std::uint64_t> const* counter = nullptr;
    std::uint64_t changed_us = 0;
    bool group_stopped = false;
  };
  struct canary {
    wire::canary_report report;
    canary_page const* page = nullptr;
    bool gone = false;
  };
  workload* place_for(wire::name_text const& name);
  canary* canary_place_for(wire::name_text const& directory);

  std::uint64_t const began_us_;
  mutex lock_;
  workload workloads_[wire::workloads_limit];
  canary canaries_[wire::canaries_limit];
};

}  // namespace wedgehog::guest
