// A guest made of numbers: what its sources would say each second, so that tests can play cases
// without a guest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "timeline/timeline.hpp"
#include "verdict/judge.hpp"

namespace wedgehog::verdict {

// What one second of this guest looks like. Change members between seconds to change the guest.
struct guest_model {
  struct cpu {
    double share = 0.25;
    bool halted = true;
    bool interrupts_on = true;
    int ring = 0;
    int awake_every = 2;             // not halted in every so manieth second; 0 = never, 1 = always
    std::optional<double> waited{};  // share in which the host let it wait
    std::optional<double> string_rate{};
  };
  struct hard_disk {
    std::string name = "data";
    std::uint64_t completes = 60;
    std::uint64_t flushes = 0;
    std::uint64_t in_flight = 0;
    int busy_every = 3;  // holds a request in every so manieth second, beside `in_flight`
    bool ages_known = true;
    double oldest_s = 0;
    bool ages = false;  // the oldest grows by a second each second
    std::uint64_t held = 0;
    std::string held_by;
  };
  struct task {
    std::int64_t pid;
    std::string name;
    std::vector<std::string> frames;
    std::uint64_t switches = 100;
    std::uint64_t switches_per_second = 0;
  };

  bool kernel_beats = true, workqueue_beats = true, fifo_beats = true, ordinary_beats = true;
  bool kernel_beats_known = true;  // false: a guest without our kernel module
  std::uint64_t canaries = 1;
  bool canary_known = true;

  bool works = true;  // there is a workload
  std::uint64_t operations = 500;
  std::uint64_t reports = 1;
  std::uint64_t errors = 0;
  std::string work_state = "running";

  bool monitor_answers = true;  // how the vCPUs stand; the host tells what they got all the same
  bool cpus_seen = true;        // somebody can look at them
  std::vector<cpu> cpus{{}, {}};
  std::vector<hard_disk> disks{{}};

  bool observed = true;
  std::uint64_t switches = 400;
  double user = 0.2, system = 0.2, io_full = 0.1;
  double idle = 0.3;  // of its CPUs
  std::uint64_t tasks = 64;
  std::uint64_t guest_in_flight = 0;
  bool guest_completes = true;
  std::uint64_t guest_flushes = 0;
  std::vector<task> blocked;
  double memory_some = 0;  // share of the time
  double io_some = 0, cpu_some = 0;
  std::uint64_t forks = 0;
  // What an observer tells of the workload's own tasks; its counters grow by the shares below.
  std::optional<timeline::workload_tasks> own;
  double own_runs = 0, own_throttled = 0;
  std::uint64_t reclaims = 0, refaults = 0;

  bool alive = true;
  std::string run_state = "running";
  std::string process_state = "S";
  double answer_ms = 0.5;
};

// Plays a model, second by second, to a judge, and keeps the signals.
class scene {
 public:
  explicit scene(double budget_s = 20, double time_scale = 1);

  guest_model now;

  void add(timeline::payload what);
  // Plays so many seconds; `said` afterwards is the judgement of the last.
  judgement const& play(int seconds);
  // The seconds, counted from the last change, after which this state was first said; -1 if never.
  [[nodiscard]] int seconds_until(state_word state, int at_most);
  judgement said;
  std::vector<judgement> all;
  timeline::timeline signals;

  [[nodiscard]] bool ever(state_word state) const;
  [[nodiscard]] std::string reasons() const;
  [[nodiscard]] microseconds time() const { return at_; }
  void jump(microseconds by) { at_ += by; }

 private:
  judge judge_;
  microseconds at_{};
  int second_ = 0;
  std::uint64_t done_ = 0, errors_ = 0, context_switches_ = 0, guest_reads_ = 0, guest_flushes_ = 0;
  double user_s_ = 0, system_s_ = 0, idle_s_ = 0, io_full_s_ = 0;
  std::uint64_t reclaims_ = 0, refaults_ = 0;
  double memory_some_s_ = 0, io_some_s_ = 0, cpu_some_s_ = 0, own_run_s_ = 0, own_throttled_s_ = 0;
  std::uint64_t forks_ = 0;

  void emit();
};

}  // namespace wedgehog::verdict
