// What the guest's console said, by class and time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "timeline/signal.hpp"
#include "verdict/view/guest_clock.hpp"

namespace wedgehog::verdict {

struct console_view {
  struct said {
    std::uint64_t count = 0;
    double last_s = 0;
    [[nodiscard]] bool within(double now_s, double span_s) const {
      return count > 0 && now_s - last_s <= span_s;
    }
  };
  said panic, oops, hung_task, soft_lockup, hard_lockup, rcu_stall, oom, io_error, segfault, boot;
  std::string panic_line;
  bool booted_again = false;  // a banner after another, or while a workload was under way

  // `guest_lives`: something in the guest has already reported, so a banner now is a second one.
  void observe(stamp when, timeline::console_line const& what, bool guest_lives);
  void observe(stamp when, timeline::console_class const& what, bool guest_lives);
  void restart() { *this = {}; }

 private:
  void hear(stamp when, std::string_view word, std::uint64_t count, bool guest_lives);
};

}  // namespace wedgehog::verdict
