// What machines can in the place that a person names by --on, found out before anything is started.
#pragma once

#include <string>

#include "vm/chosen_backend.hpp"

namespace wedgehog::cli {

// `on`: a libvirt URI, a backend's name, or nothing. Blame: host, where it cannot be reached;
// recipe, where it is neither.
[[nodiscard]] result<vm::backend_place> backend_on(std::string const& on);

}  // namespace wedgehog::cli
