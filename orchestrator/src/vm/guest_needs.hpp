// What a guest of an image cannot do without, from images/<os>/profile.yaml: read before anything
// is built or started.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"

namespace wedgehog::vm {

struct guest_needs {
  std::uint64_t least_memory = 0;  // bytes with which it boots; 0 = nobody measured it
};

// Blame: host, naming the file.
result<guest_needs> read_guest_needs(std::string const& profile_file);

}  // namespace wedgehog::vm
