// Looks at this host for what admission wants to know.
#pragma once

#include <string>

#include "farm/admission.hpp"

namespace wedgehog::farm {

// Of its memory alone, at once; of all else there is plenty.
[[nodiscard]] host_room seen_memory(std::string const& tmpfs, std::uint64_t promised);

// `tmpfs` is where guest memory lives, of which `promised` bytes are spoken for. Takes a fifth of a
// second, to see what the processors do. What cannot be read counts as plenty.
[[nodiscard]] host_room seen_room(std::string const& tmpfs, std::uint64_t promised);

}  // namespace wedgehog::farm
