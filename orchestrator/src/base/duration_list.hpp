// Durations as a measurement leaves them in a file: one per line ("12ms"), with blank lines and
// comments from a # on. A fault of a disk replays such a list; recipes and wedgehog-disk read it.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/units.hpp"

namespace wedgehog {

// What such a file may hold, so that a plan and a ledger that repeat it stay readable.
inline constexpr std::size_t longest_duration_list = 256 * 1024;  // bytes
inline constexpr std::size_t most_durations_listed = 10'000;

// At least one, each no longer than `most`. `file` stands before the line's number in the complaint
// about the first line that is wrong. Blame: recipe.
result<std::vector<microseconds>> read_duration_list(std::string_view text, std::string_view file,
                                                     microseconds most);

}  // namespace wedgehog
