// Whether a file is a medium that a PC boots from, or what it is instead.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "guest/medium.hpp"

namespace wedgehog::medium {

inline constexpr std::uint64_t bytes_to_look_at = 36U << 10U;

// Of its first bytes: why nothing can be installed from it; empty: something can. `disk_hint` is
// said too where it is a disk.
[[nodiscard]] std::string why_no_medium(std::string_view first_bytes, std::string_view disk_hint);

// Blame: recipe, also when there is no such file.
result<void> examine(std::string const& file, guest::medium const& wanted);

}  // namespace wedgehog::medium
