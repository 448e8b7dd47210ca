// The workloads' own tasks as an observer in the guest sees them: whether they run, what they wait
// for, and whether their control group holds them back. Knows nothing where no observer tells.
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

struct own_view {
  struct one {
    timeline::workload_tasks last;
    // By host time: seconds, processor time, switches, throttled, pressure of some tasks on
    // processors, I/O and memory, whether some task was runnable, whether some was blocked (and
    // neither only throttled nor only waiting for its own child).
    sliding<9> rates{15};
    double seen_s = 0;
    double latest_host_s = -1e300;

    [[nodiscard]] double per_second(std::size_t column) const {
      return rates.sum(0) <= 0 ? 0 : rates.sum(column) / rates.sum(0);
    }
    [[nodiscard]] double run_share() const { return per_second(1); }
    [[nodiscard]] double switches_per_second() const { return per_second(2); }
    [[nodiscard]] double throttled_share() const { return per_second(3); }
    [[nodiscard]] double cpu_wanted() const { return per_second(4); }
    [[nodiscard]] double io_wanted() const { return per_second(5); }
    [[nodiscard]] double memory_wanted() const { return per_second(6); }
    // Share of the looks in which some task of it wanted to run.
    [[nodiscard]] double runnable_share() const { return rates.mean(7); }
    // In none of the looks was a task of it blocked, unless its group's memory limit did it, and
    // none sleeps until I/O is done: no request is what it waits for.
    [[nodiscard]] bool never_blocked() const;
    // One of its tasks is stopped by a signal, and the others wait.
    [[nodiscard]] bool is_stopped() const;
    [[nodiscard]] std::uint64_t in_state(char const* state) const;
    // The first in this state; null where none is listed.
    [[nodiscard]] timeline::waiting_task const* first_in(char const* state) const;
    [[nodiscard]] bool has(std::int64_t pid) const;
    // The first that sleeps until the kernel has done some I/O for it; null without one.
    [[nodiscard]] timeline::waiting_task const* asynchronous() const;
  };

  void observe(stamp when, timeline::workload_tasks const& what);
  // Null when nobody has told of late.
  [[nodiscard]] one const* of(std::string const& workload, double now_s) const;

 private:
  std::map<std::string, one> all_;
};

}  // namespace wedgehog::verdict
