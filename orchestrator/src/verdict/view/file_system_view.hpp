// What the console said of file systems and of the layers below them: that one shut down, became
// read-only, or found its own data wrong. By the words of the systems' own messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "verdict/view/guest_clock.hpp"

namespace wedgehog::verdict {

enum class file_system_trouble {
  none,
  full,       // a pool that others are made of has no room: writers wait
  lost_data,  // what was written did not arrive
  damaged,    // metadata or a checksum is wrong
  ended,      // shut down, journal aborted, remounted read-only: nothing can be written any more
};

struct file_system_view {
  struct said {
    std::uint64_t count = 0;
    std::string line;  // the first
    double first_s = 0;
    bool after_fault = false;  // a fault of ours that loses or changes data had hit before
  };
  said full, lost_data, damaged, ended;

  // `body` is without the prefix of its transport; `faulty`: such a fault has hit.
  void observe(stamp when, std::string_view body, bool faulty);

  // The worst that was said; null when nothing was.
  [[nodiscard]] said const* worst() const;
};

// What such a line says.
[[nodiscard]] file_system_trouble trouble_in(std::string_view body);

}  // namespace wedgehog::verdict
