// What the parts of one run share while the machine lives. Owned by perform().
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/pattern.hpp"
#include "conductor/lives.hpp"
#include "conductor/recorder.hpp"
#include "faults/injector.hpp"
#include "faults/schedule.hpp"
#include "loop/clock.hpp"
#include "plan/plan.hpp"

namespace wedgehog::conductor {

// Console patterns of the plan are asked about lines that may be long gone, so each keeps whether
// it was seen.
class pattern_watch {
 public:
  explicit pattern_watch(plan::plan const& what);
  void take(timeline::signal const& one);
  [[nodiscard]] bool seen(std::string const& pattern) const;

 private:
  struct one_pattern {
    pattern compiled;
    bool seen = false;
  };
  std::map<std::string, one_pattern> patterns_;
};

struct running_workload {
  agent::request_id request = 0;
  plan::workload what;
  std::uint64_t done = 0;  // as last reported
  bool ended = false;
  std::string gone_with{};  // "the power cut in step 3": it did not end, its guest did
};

struct run_context {
  loop::clock& time;
  plan::plan const& plan;
  recorder& record;
  conductor::lives& lives;
  faults::injector& faults;
  faults::schedule& schedule;
  faults::disk_set& disks;
  pattern_watch& console;
  std::map<std::string, running_workload> workloads{};
  std::map<std::string, std::string> captures{};  // output kept by name
  std::string folder{};                           // of the run's files on the host
  // For steps whose effect is the verdict's business: a power-off or a reset that the plan asked
  // for.
  bool machine_may_end = false;
  int power_cuts = 0;

  // Of the life that goes on now: asked for anew after everything that may end it.
  [[nodiscard]] vm::machine& machine() const { return lives.machine(); }
  [[nodiscard]] agent::link& agent() const { return lives.agent(); }
};

}  // namespace wedgehog::conductor
