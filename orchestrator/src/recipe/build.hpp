// From a checked document to one plan: the second half of reading a recipe. What one row of the
// catalogue cannot say (names that must exist, budgets that contradict each other) is checked here.
#pragma once

#include "plan/plan.hpp"
#include "recipe/checked.hpp"
#include "recipe/recipe.hpp"

namespace wedgehog::recipe {

// The plan of one combination. It is whole only when no complaint was added.
[[nodiscard]] plan::plan build(node const& recipe, checker& check, matrix const& variants,
                               options const& chosen);

}  // namespace wedgehog::recipe
