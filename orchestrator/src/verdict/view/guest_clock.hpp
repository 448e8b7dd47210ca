// The time that counts against a budget: host time without the spans in which the host held the
// guest or nobody recorded. Survives clocks that jump and signals that come late.
#pragma once

#include "base/units.hpp"

namespace wedgehog::verdict {

// When something was seen. `host_s` may lie before that of an earlier signal; `guest_s` never runs
// backwards.
struct stamp {
  double host_s = 0;
  double guest_s = 0;
};

class guest_clock {
 public:
  stamp observe(microseconds at);
  // From now on, until told otherwise, time does not count.
  void hold(bool held) { held_ = held; }
  // From now on so much of the time counts: 0 < share <= 1.
  void pace(double share) { pace_ = share; }
  [[nodiscard]] stamp at(microseconds now) const;

 private:
  bool started_ = false;
  bool held_ = false;
  double pace_ = 1;
  double latest_s_ = 0;
  double guest_s_ = 0;
  double offset_s_ = 0;  // added to foreign times after the clock jumped back
  int behind_ = 0;       // signals in a row that lie before the latest
};

}  // namespace wedgehog::verdict
