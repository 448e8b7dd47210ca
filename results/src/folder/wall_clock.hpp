// What time it is for people and for other hosts, as folders and databases write it. What has to
// wait or to measure takes loop::clock.
#pragma once

#include <chrono>

#include "folder/moment.hpp"

namespace wedgehog::folder {

[[nodiscard]] inline moment wall_clock_now() {
  return std::chrono::time_point_cast<moment::duration>(std::chrono::system_clock::now());
}

}  // namespace wedgehog::folder
