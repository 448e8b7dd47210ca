// What became of the workloads of a run: how much each has done, whether it still runs, and with
// which life of the guest it went. Told by the timeline, so that a step never knows more than the
// judge.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "agent/dialogue.hpp"
#include "plan/plan.hpp"
#include "timeline/signal.hpp"

namespace wedgehog::conductor {

struct running_workload {
  agent::request_id request = 0;
  plan::workload what;
  std::uint64_t done = 0;  // as last reported
  bool ended = false;
  std::string gone_with{};  // "the power cut in step 3": it did not end, its guest did
};

class workload_book {
 public:
  // It has been started, again where there was one of that name.
  void began(agent::request_id request, plan::workload const& what);
  void take(timeline::signal const& one);
  // It said itself that it ended, before the next report did.
  void ended(std::string const& name);
  // The guest that was is gone, and with it what ran in it.
  void forget_guest(std::string const& why);

  // Null when none of that name was ever started.
  [[nodiscard]] running_workload const* find(std::string const& name) const;

 private:
  std::map<std::string, running_workload> all_;
};

}  // namespace wedgehog::conductor
