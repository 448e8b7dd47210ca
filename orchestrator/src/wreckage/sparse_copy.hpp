// Copies of guest memory: mostly zeroes, so they are written as holes.
#pragma once

#include <string>

#include "base/error.hpp"

namespace wedgehog::wreckage {

// Blocking. Blame: host (a full disk says so).
result<void> copy_sparse(std::string const& from, std::string const& to);
// Gives the zero blocks of a file back to the file system. Blocking.
result<void> dig_holes(std::string const& file);

}  // namespace wedgehog::wreckage
