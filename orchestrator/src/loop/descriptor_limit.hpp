// How many descriptors this process may have: each machine takes about a dozen, and the usual limit
// of 1024 is only the kernel's first offer.
#pragma once

#include <cstdint>

namespace wedgehog::loop {

// Raises the limit as far as the system lets anybody; what it is now. For the beginning of a
// program: children inherit it.
std::uint64_t raise_descriptor_limit();

}  // namespace wedgehog::loop
