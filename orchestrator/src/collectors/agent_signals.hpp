// What the agent says -> signals. Keeps the little state that turns running totals into deltas, and
// bounds what a guest that floods its port can put into a timeline; no I/O.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "agent/dialogue.hpp"
#include "collectors/output_lines.hpp"
#include "collectors/sink.hpp"
#include "loop/clock.hpp"
#include "wire/allowance.hpp"

namespace wedgehog::collectors {

class agent_signals {
 public:
  // `blocked_state`: the letter that the guest's system has for a task that cannot be interrupted.
  agent_signals(sink out, loop::clock const& time, std::string blocked_state = "D");

  void take(agent::event const& one);
  // Nothing more will come: what waits for more of a line, or for room, is told now.
  void finish();

 private:
  // Of one running workload.
  struct running {
    wire::workload_report last;  // as last reported; its request is 0 before
    output_lines lines;
  };

  bool admits(agent::event const& one);
  void tell_flood();
  void take_beat(wire::beat const& one);
  void take_workload(wire::workload_report const& one);
  void take_output(wire::output const& one);
  void take_end(wire::ended const& one);
  void take_canary(wire::canary_report const& one);
  void take_observation(wire::observation const& one);
  running* workload_of(wire::name_text const& name, std::uint64_t request);
  bool forget_one_that_ended();
  [[nodiscard]] output_lines lines_of(std::string const& name) const;
  [[nodiscard]] std::uint64_t now_us() const;

  sink out_;
  loop::clock const* time_;
  std::unique_ptr<output_room> room_;
  std::string blocked_state_;
  std::map<std::string, std::uint64_t> beats_;     // number of the last beat of each source
  std::map<std::string, std::uint64_t> canaries_;  // completed, by directory
  std::map<std::string, running> workloads_;
  std::uint64_t dropped_ = 0;

  wire::allowance beats_allowed_;
  wire::allowance observations_allowed_;
  wire::allowance starts_allowed_;
  wire::allowance names_allowed_;
  wire::allowance flood_reports_;
  std::uint64_t flooded_ = 0;  // not told yet
};

}  // namespace wedgehog::collectors
