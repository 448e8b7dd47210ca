// A short text file that a person named, read whole: never a device or a pipe that would keep us
// waiting, and never more than was meant.
#pragma once

#include <string>

#include "base/error.hpp"

namespace wedgehog::loop {

// Blame: recipe; the message begins with the path and says what to do.
result<std::string> read_small_file(std::string const& path, std::size_t most_bytes);

}  // namespace wedgehog::loop
