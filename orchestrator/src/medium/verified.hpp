// A file held against the checksum by which its vendor's medium is known.
#pragma once

#include <string>

#include "base/error.hpp"
#include "guest/medium.hpp"

namespace wedgehog::medium {

// Reads all of it. Blame: recipe when it is another, with both sums; host when it cannot be read.
result<void> verify(std::string const& file, guest::medium const& wanted);

}  // namespace wedgehog::medium
