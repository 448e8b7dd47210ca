// What the agent says -> signals. Keeps the little state that turns running totals into deltas; no
// I/O.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "agent/dialogue.hpp"
#include "collectors/sink.hpp"

namespace wedgehog::collectors {

class agent_signals {
 public:
  explicit agent_signals(sink out) : out_(std::move(out)) {}

  void take(agent::event const& one);

 private:
  void take_beat(wire::beat const& one);
  void take_workload(wire::workload_report const& one);
  void take_canary(wire::canary_report const& one);
  void take_observation(wire::observation const& one);

  sink out_;
  std::map<std::string, std::uint64_t> beats_;     // number of the last beat of each source
  std::map<std::string, std::uint64_t> canaries_;  // completed, by directory
  std::uint64_t dropped_ = 0;
};

}  // namespace wedgehog::collectors
