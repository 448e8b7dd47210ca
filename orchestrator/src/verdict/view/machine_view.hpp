// QEMU as the host sees it: alive, paused, stopped, and how it ended.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "timeline/signal.hpp"
#include "verdict/view/guest_clock.hpp"

namespace wedgehog::verdict {

struct machine_view {
  bool alive = true;
  std::optional<int> exit_code;
  std::string host_fault;
  std::string run_state;
  std::string process_state;
  std::optional<double> answer_ms;
  int stopped_in_a_row = 0;  // samples: process stopped and the monitor silent
  double stopped_since_host_s = 0;

  int holds = 0;  // of our own, open
  std::string hold_why;
  std::vector<double> taken;  // shares of the processor time that we take at the moment

  std::string shutdown_reason;  // of the SHUTDOWN event
  bool panic_event = false;
  int resets = 0;         // RESET events that nobody planned
  bool stopping = false;  // by our own doing: the plan is done
  bool reset_planned = false;
  bool kill_planned = false;  // the plan kills QEMU
  // The plan ends this guest: until the next one begins, nothing that is heard of it counts.
  bool leaving = false;

  void observe(stamp when, timeline::machine_state const& what);
  void observe(timeline::qmp_event const& what);
  void observe(timeline::hold const& what);
  void observe(timeline::fault const& what);
  void observe(timeline::milestone const& what);

  // Its guest was reset, powered itself off or panicked: who takes its QEMU away afterwards ends
  // nothing.
  [[nodiscard]] bool guest_has_ended() const;
  [[nodiscard]] bool paused() const;
  [[nodiscard]] bool stopped() const;
  // The guest cannot run because of the host.
  [[nodiscard]] bool held() const { return holds > 0 || paused() || stopped(); }
  // What our own faults leave of the guest's processor time: 0 < left <= 1.
  [[nodiscard]] double left() const;

 private:
  double latest_host_s_ = -1e300;
};

}  // namespace wedgehog::verdict
