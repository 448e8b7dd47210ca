// Durations ("30s", "1m30s", "250ms") and sizes ("64MiB", "4KiB", "512") as people write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace wedgehog {

using microseconds = std::chrono::microseconds;

// Units us, ms, s, m, h, d; a number without a unit is refused (the error says so). Blame: recipe.
result<microseconds> parse_duration(std::string_view text);
// "1.5s", "2m", "250ms": the shortest exact form of whole units; parse_duration(print_duration(d))
// == d.
std::string print_duration(microseconds duration);
// For people: "1 m 12 s", "3.4 s", "12 ms".
std::string describe_duration(microseconds duration);

// Units B, KiB, MiB, GiB, TiB (K, M, G, T mean the same); plain digits are bytes. Blame: recipe.
result<std::uint64_t> parse_size(std::string_view text);
// The largest unit that divides it: parse_size(print_size(n)) == n.
std::string print_size(std::uint64_t bytes);
// For people: "512 B", "64.0 MiB", "1.5 GiB".
std::string describe_size(std::uint64_t bytes);

[[nodiscard]] inline double in_seconds(microseconds d) {
  return static_cast<double>(d.count()) / 1e6;
}
// Of a count that somebody else sent, which may be too large for a duration.
[[nodiscard]] inline double seconds_of_us(std::uint64_t us) {
  return static_cast<double>(us) / 1e6;
}

}  // namespace wedgehog
