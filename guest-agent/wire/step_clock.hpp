// The request that moves a guest's clock.
#pragma once

#include <cstdint>

#include "wire/fields.hpp"
#include "wire/message_type.hpp"

namespace wedgehog::wire {

// Moves the guest's wall clock. Ended with exit status 0 when the clock shows it.
struct step_clock {
  static constexpr auto type = message_type::step_clock;
  std::uint64_t request = 0;
  std::uint64_t by_us = 0;
  bool back = false;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.by_us);
    visit(3, self.back);
  }
};

}  // namespace wedgehog::wire
