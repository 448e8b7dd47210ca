// One scalar of the recipe against one row of the catalogue: its canonical text, or why not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "recipe/catalogue.hpp"

namespace wedgehog::recipe {

// Canonical: durations as print_duration(), sizes and counts as digits, others as written.
// References (workload, disk, …) are checked as names only. The error says what would be right.
[[nodiscard]] result<std::string> canonical(parameter const& what, std::string_view text);

// The words that may stand there, when they can be counted.
[[nodiscard]] std::vector<std::string> allowed_words(parameter const& what);

// "/mnt/x": absolute, without "..", and safe between single quotes in a script.
[[nodiscard]] bool is_guest_path(std::string_view text);

}  // namespace wedgehog::recipe
