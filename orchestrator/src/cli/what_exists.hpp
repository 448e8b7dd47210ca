// What a recipe may name on this host: asked before it is checked.
#pragma once

#include "recipe/recipe.hpp"

namespace wedgehog::cli {

// Images with their least memory, and collections.
recipe::options what_exists();

}  // namespace wedgehog::cli
