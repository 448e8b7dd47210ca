// Reading recipes from disk: the only place where the recipe library meets files.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "recipe/recipe.hpp"

namespace wedgehog::cli {

struct read_recipe {
  std::string file;
  std::string text;
  recipe::outcome outcome;
};

// Files and folders (all *.yaml below, sorted, but *.fragment.yaml and campaigns). Blame: recipe
// when a folder holds none.
result<std::vector<std::string>> recipe_files(std::vector<std::string> const& asked);
// The error is about the file (missing, no ordinary file, too large); what is wrong inside is in
// outcome.complaints. Files that the recipe names are looked for beside it; those that it includes
// in its folder or below, wherever links point to.
result<read_recipe> read(std::string const& file, recipe::options const& options);
// Both. What a folder holds and another recipe includes is a fragment and no recipe.
result<std::vector<read_recipe>> read_recipes(std::vector<std::string> const& asked,
                                              recipe::options const& options);
// Prints all complaints to stderr; returns how many there were.
std::size_t print_complaints(std::vector<read_recipe> const& all);

}  // namespace wedgehog::cli
