// Timeline text, compressed with zstd and checked by its checksum, so that damage is noticed and
// not read.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace wedgehog::folder {

// Level 3 for what will be packed again, higher for what stays.
[[nodiscard]] std::string pack(std::string_view text, int level);
// Refuses what is damaged or larger than 256 MiB unpacked. Blame: host.
result<std::string> unpack(std::string_view packed);

}  // namespace wedgehog::folder
