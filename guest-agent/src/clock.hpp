// The guest's monotonic clock. Only differences mean anything: on some systems it starts at an
// arbitrary large value (DragonFly 5.9, seen 2026-11), and it stands still while the host holds us.
#pragma once

#include <time.h>

#include <cerrno>
#include <cstdint>

namespace wedgehog::guest {

inline std::uint64_t now_us() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1000000U +
         static_cast<std::uint64_t>(t.tv_nsec) / 1000U;
}

// nanosleep, because clock_nanosleep does not exist everywhere (DragonFly 5.9).
inline void sleep_us(std::uint64_t us) {
  timespec left{static_cast<time_t>(us / 1000000U), static_cast<long>(us % 1000000U) * 1000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

}  // namespace wedgehog::guest
