// Said before anything boots: what recipes need and a backend or an image does not have.
#pragma once

#include <cstddef>
#include <vector>

#include "cli/recipe_files.hpp"
#include "vm/backends.hpp"

namespace wedgehog::cli {

// Prints each lack of each recipe to stderr, once; how many of them refuse. A recipe whose image
// has no good profile is refused, too. Without `refusals_only` also what is merely left out.
std::size_t print_lacks(std::vector<read_recipe> const& all, vm::backend_kind const& on,
                        bool refusals_only);

}  // namespace wedgehog::cli
