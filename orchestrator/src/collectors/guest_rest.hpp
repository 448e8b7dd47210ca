// Whether a guest rests: its agent beats, and it has neither workloads nor blocked tasks nor
// anything else to do that was asked of it. Then it is looked at less often. No I/O.
#pragma once

#include <map>

#include "agent/dialogue.hpp"
#include "loop/clock.hpp"

namespace wedgehog::collectors {

class guest_rest {
 public:
  // Of a beat that is older than this nothing follows; the agent sends one a second.
  static constexpr auto fresh = std::chrono::milliseconds(2500);

  void take(agent::event const& one, loop::time_point now);
  [[nodiscard]] bool rests(loop::time_point now) const;

 private:
  std::map<wire::beat_source, loop::time_point> beats_;  // the last of each source
  bool busy_ = true;                                     // as the last beat told
  bool blocked_ = false;                                 // as the last observation told
};

}  // namespace wedgehog::collectors
