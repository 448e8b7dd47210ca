// Bytes, compressed with zstd and checked by their checksum, so that damage is noticed and not
// read: pieces of a timeline, and of what travels.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace wedgehog::folder {

// Level 3 for what will be packed again, higher for what stays.
[[nodiscard]] std::string pack(std::string_view text, int level);
// Refuses what is damaged or larger than `most` unpacked. Blame: host.
result<std::string> unpack(std::string_view packed, std::size_t most = std::size_t{256} << 20U);

}  // namespace wedgehog::folder
