// What a failure is called in words: a row's title with what the line and the stack say, without
// what differs from run to run and from build to build.
#pragma once

#include <string>
#include <string_view>

#include "console/pattern.hpp"
#include "console/rules.hpp"

namespace wedgehog::console {

// The title of a row: "{name}" replaced by what was caught, "{func}" by `function`.
[[nodiscard]] std::string title_of(rule const& row, captures const& found,
                                   std::string_view function);
// "type 0xfffff80036275ce8 8 (0,230)" becomes "type ADDR NUM (NUM,NUM)", "pid 7 (cp)" "pid NUM
// (NAME)"; paths lose what differs between build hosts.
[[nodiscard]] std::string without_numbers(std::string_view text);

}  // namespace wedgehog::console
