// What the observer inside the guest read from its kernel: blocked tasks, CPU time, context
// switches, I/O pressure, and requests that the guest still waits for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "timeline/signal.hpp"
#include "verdict/view/guest_clock.hpp"
#include "verdict/view/sliding.hpp"
#include "verdict/view/waits.hpp"

namespace wedgehog::verdict {

struct kernel_view {
  struct task {
    std::string name;
    std::uint64_t switches = 0;
    double since_s = 0;  // blocked with this count of switches
    double seen_s = 0;
    std::vector<std::string> frames;
    std::string wait_channel;
    bool kernel_thread = false;
    [[nodiscard]] std::string const& where() const {
      return frames.empty() ? wait_channel : frames.front();
    }
    [[nodiscard]] waiting_frames waits() const { return {frames, wait_channel}; }
    bool resident =
        false;  // a kernel thread that was blocked when first looked at: it lives like this
  };
  // Blocked again and again, and let go on between: it moves by small steps.
  struct mover {
    std::string name;
    std::uint64_t switches = 0;
    std::uint64_t moves = 0;  // looks at which it had run since the one before
    double first_s = 0;       // seen blocked
    double moved_s = 0;
    double seen_s = 0;
    std::vector<std::string> frames;
    std::string wait_channel;
    [[nodiscard]] waiting_frames waits() const { return {frames, wait_channel}; }
  };
  struct guest_disk {
    timeline::guest_disk last;
    std::optional<double> stuck_s;  // since when it has requests in flight and completes none
    double flushed_s = 0;           // when its count of flushes last grew
    double seen_s = 0;
  };
  std::map<std::int64_t, task> blocked;
  std::map<std::string, guest_disk> disks;
  std::map<std::int64_t, mover> movers;        // no kernel threads
  std::map<std::string, std::string> devices;  // made of others, and how they are
  // By host time: seconds, context switches, user, system, I/O pressure of all tasks, tasks, idle
  // of each CPU, pressure of some tasks on processors and on I/O, new processes.
  sliding<10> rates{15};
  std::optional<double> seen_s;
  sliding<4> memory{15};   // by host time: seconds, pressure, pages reclaimed, pages refaulted
  bool listed_all = true;  // the last observation had room for more blocked tasks
  bool went_back = false;  // its uptime fell and stayed low: another kernel

  void observe(stamp when, timeline::guest const& what);
  void restart();

  [[nodiscard]] bool fresh(double now_s) const { return seen_s && now_s - *seen_s <= 10; }
  [[nodiscard]] double per_second(std::size_t column) const;
  [[nodiscard]] double switches_per_second() const { return per_second(1); }
  [[nodiscard]] double user_share() const { return per_second(2); }
  [[nodiscard]] double system_share() const { return per_second(3); }
  [[nodiscard]] double io_pressure() const { return per_second(4); }
  // Share of the time in which some task waited for a processor, or for I/O.
  [[nodiscard]] double cpu_wanted() const { return per_second(7); }
  [[nodiscard]] double io_wanted() const { return per_second(8); }
  [[nodiscard]] double forks_per_second() const { return per_second(9); }
  [[nodiscard]] double tasks() const { return rates.mean(5); }
  // Its CPUs had next to nothing to do of late, by the guest's own account in the host's time.
  [[nodiscard]] bool rests(double now_host_s) const;

  // Share of the time in which some task waited for memory.
  [[nodiscard]] double memory_pressure() const { return memory_per_second(1); }
  [[nodiscard]] double reclaims_per_second() const { return memory_per_second(2); }
  // Pages that were reclaimed, and needed again soon after.
  [[nodiscard]] double refaults_per_second() const { return memory_per_second(3); }

  struct stuck_task {
    std::int64_t pid = 0;
    task const* what = nullptr;
    double lasted_s = 0;
  };
  // Blocked with a constant count of switches for at least `least_s`, longest first. Those are the
  // tasks that detectors rest on and that name a wedge.
  [[nodiscard]] std::vector<stuck_task> stuck(double now_s, double least_s) const;
  // The disk on which the guest has waited longest for completions, itself no stack of others.
  struct stuck_disk {
    std::string name;
    double lasted_s = 0;
    std::uint64_t in_flight = 0;
  };
  [[nodiscard]] std::optional<stuck_disk> waiting_disk(double now_s) const;
  // Flushes that came back, of all disks that are no stacks of others, and when the last did.
  struct flush_count {
    std::uint64_t done = 0;
    double last_s = 0;
  };
  [[nodiscard]] flush_count flushes() const;

 private:
  void observe_blocked(double now_s, timeline::guest const& what);
  void observe_movers(double now_s, timeline::guest const& what);
  void observe_disks(double now_s, timeline::guest const& what);
  [[nodiscard]] double memory_per_second(std::size_t column) const;

  std::optional<timeline::guest> last_;
  double last_host_s_ = 0;
  double latest_host_s_ = -1e300;
  bool first_ = true;
  double highest_uptime_s_ = 0;
  int fallen_ = 0;  // samples in a row with an uptime below it
};

}  // namespace wedgehog::verdict
