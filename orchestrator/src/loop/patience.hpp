// How long to pause before one asks again for something that others hold and nobody announces.
#pragma once

#include <algorithm>
#include <chrono>

#include "loop/clock.hpp"

namespace wedgehog::loop {

// An eighth of what one has waited, but 50 ms at least and 2 s at most: who waits for a moment
// loses little, and hundreds who wait for minutes do not keep the host busy with asking.
[[nodiscard]] inline duration pause_after(duration waited) {
  using namespace std::chrono_literals;
  return std::clamp<duration>(waited / 8, 50ms, 2s);
}

}  // namespace wedgehog::loop
