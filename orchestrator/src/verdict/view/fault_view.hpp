// Our own faults, and what the plan's steps did to the guest by hand: what holds it now, since
// when, and when the last of it ended, because from there on the guest has its whole budget again.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "timeline/signal.hpp"
#include "verdict/view/guest_clock.hpp"

namespace wedgehog::verdict {

struct fault_view {
  struct one {
    std::string kind;
    double began_s = 0;
    bool there = false;
    std::uint64_t hits = 0;
  };
  std::map<std::string, one, std::less<>> all;
  // Those that are there now and that nothing in the plan will heal.
  std::set<std::string, std::less<>> lasting;
  // One that loses or changes data has hit: errors of file systems may be its doing.
  bool data_at_risk = false;
  std::string risked_by;  // "'bad' (error)"

  void observe(stamp when, timeline::fault const& what);
  // Of one disk: how many requests a fault holds.
  void observe(stamp when, timeline::disk const& what);
  void observe(timeline::step const& what);

  // When the guest was let go from what had held it while the stall of one that last moved at
  // `progress_s` began; `slack_s`: it may have moved so long before. Nothing but that is a new
  // beginning: a fault that comes and goes does not give a deadlock its budget again and again.
  [[nodiscard]] double let_go_s(double progress_s, double slack_s) const;
  [[nodiscard]] std::string const& let_go_by() const { return let_go_.by; }

  // What a step did and no later one undid.
  struct act {
    std::string step;  // "5: fsfreeze -f /mnt"
  };
  act froze_group, froze_file_system, suspended_device;

 private:
  struct span {
    std::string by;
    double began_s = 0;
    double ended_s = -1e300;
  };
  span let_go_;                               // the latest
  std::map<std::string, double> held_since_;  // disk: since when it holds
};

}  // namespace wedgehog::verdict
