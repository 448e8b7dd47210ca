// Wall-clock moments as the database writes them: UTC, ISO 8601, milliseconds, so that text order
// is time order and a person reading a row needs no conversion. Pure: nobody here asks what time it
// is.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace wedgehog::folder {

using moment = std::chrono::sys_time<std::chrono::milliseconds>;

// "2026-11-21T03:41:07.123Z"
[[nodiscard]] std::string to_text(moment when);
// Exactly the form above.
[[nodiscard]] std::optional<moment> parse_moment(std::string_view text);
// "20261121-0341": the part of a run's name.
[[nodiscard]] std::string name_part(moment when);

}  // namespace wedgehog::folder
