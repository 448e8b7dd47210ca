// The vCPUs from outside: halted, interrupts off, in user mode, and how much host time they got.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "timeline/signal.hpp"
#include "verdict/view/guest_clock.hpp"
#include "verdict/view/sliding.hpp"

namespace wedgehog::verdict {

struct processor_view {
  // Samples in a row of which something holds.
  struct streak {
    int samples = 0;
    double since_s = 0;
    void feed(bool holds, double now_s);
    [[nodiscard]] double lasted_s(double now_s) const { return samples == 0 ? 0 : now_s - since_s; }
  };
  struct one {
    streak masked;  // running with interrupts off, never crawling
    streak parked;  // halted with interrupts off: nothing will wake it
    streak kernel;  // never halted, never in user mode, never crawling
    // By host time: host share, awake, in user mode, in kernel mode and awake, awake and unserved,
    // share waited for the host, crawling.
    sliding<7> samples{15};
    // By host time, whether or not the monitor answered: seconds, and of them those in which it
    // ran, and in which it waited for the host.
    sliding<3> served{15};
    double string_rate = 0;  // when it was last caught crawling
    std::string where;
    double latest_host_s = -1e300;
  };
  std::map<int, one> all;

  void observe(stamp when, timeline::vcpu const& what);

  // Interrupts off for good, by the measure of thresholds.hpp. One that the host hardly lets run is
  // not: the guest means to have them off for a moment, which takes it as long.
  [[nodiscard]] static bool locked(one const& cpu, double now_s);
  [[nodiscard]] static bool parked(one const& cpu, double now_s);
  [[nodiscard]] static bool hardly_runs(one const& cpu);
  [[nodiscard]] int locked_count(double now_s) const;
  [[nodiscard]] int parked_count(double now_s) const;
  // Host CPU time of all vCPUs, in CPUs, and how much of the samples was spent how.
  [[nodiscard]] double host_share() const;
  [[nodiscard]] double awake_share() const;
  [[nodiscard]] double user_share()
      const;  // of one CPU, estimated: host share x samples in user mode
  [[nodiscard]] double kernel_share() const;  // likewise, in the kernel and awake
  [[nodiscard]] bool known(double now_host_s) const;
  // They were looked at once a second or every fourth, and have not been for long: whoever looks is
  // starved himself, or waits for a QEMU that is.
  [[nodiscard]] bool out_of_sight(double now_host_s) const;
  // Runnable, and the host does not let them run.
  [[nodiscard]] bool starved(double now_host_s) const;
  struct share {
    int index = 0;
    double ran = 0, waited = 0;
  };
  // The host serves none of them, and lets this one wait longer than it runs and for long, whatever
  // it wants to run for: a guest whose interrupts come late counts its own processors as idle.
  [[nodiscard]] std::optional<share> kept_waiting(double now_host_s) const;
  // One that has not left the kernel for long, and that the host lets wait longer than run.
  [[nodiscard]] std::optional<share> denied() const;
  // One whose emulator crawls through a string instruction: no guest can stay in one for long.
  [[nodiscard]] one const* crawling() const;
};

}  // namespace wedgehog::verdict
