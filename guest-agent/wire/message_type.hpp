// Which messages there are, and which version of the protocol they belong to. See messages.hpp.
#pragma once

#include <cstdint>

namespace wedgehog::wire {

// 2: hogs of several kinds. An older agent would take memory of its own kind instead.
// 3: hogs that dirty a file beside. An older agent would leave it out.
inline constexpr std::uint32_t protocol_version = 3;
inline constexpr std::uint32_t oldest_protocol_version = 3;

enum class message_type : std::uint16_t {
  // host to guest
  greeting = 1,
  query = 2,
  echo = 3,
  exec = 4,
  signal = 5,
  start_workload = 6,
  stop_workload = 7,
  start_canary = 8,
  stop_canary = 9,
  collect = 10,
  power = 11,
  write_file = 12,
  sysrq = 13,
  start_hog = 14,
  stop_hog = 15,
  ask_hog = 16,
  step_clock = 17,
  become_another = 18,
  // guest to host
  hello = 64,
  beat = 65,
  observation = 66,
  output = 67,
  accepted = 68,
  refused = 69,
  ended = 70,
  echoed = 71,
  hog_state = 72,
};

}  // namespace wedgehog::wire
