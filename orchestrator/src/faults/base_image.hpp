// The image that a disk starts as. It is never written to and never copied: what a run keeps of it
// is where it is and how to know it again.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"

namespace wedgehog::faults {

// Whether there is such an image, and a disk of that size has room for it. Blame: recipe.
result<void> base_fits(std::string const& image, std::uint64_t disk_size);

// Writes {"path": "/srv/root.img", "size": 1073741824, "modified":
// "2026-11-29T12:00:00.123456789Z"} to `file`. Blame: recipe when there is no such image, host.
result<void> note_base(std::string const& image, std::string const& file);

}  // namespace wedgehog::faults
