// What every view keeps of a text that a guest wrote.
#pragma once

#include <cstddef>

namespace wedgehog::verdict {

inline constexpr std::size_t name_limit = 128;  // bytes of a name, a frame, a wait channel

}  // namespace wedgehog::verdict
