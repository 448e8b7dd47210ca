// Reading recipes from disk: the only place where the recipe library meets files.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "plan/plan.hpp"
#include "recipe/recipe.hpp"

namespace wedgehog::cli {

struct read_recipe {
  std::string file;
  std::string text;
  recipe::outcome outcome;
};

// Files and folders (all *.yaml below, sorted). Blame: recipe when one is missing or too large.
result<std::vector<std::string>> recipe_files(std::vector<std::string> const& asked);
// The error is about the file; what is wrong inside is in outcome.complaints. Files that the recipe
// names are looked for beside it.
result<read_recipe> read(std::string const& file, recipe::options const& options);
// What recipes may name here: images with their least memory, and collections.
recipe::options what_exists();
// Prints all complaints to stderr; returns how many there were.
std::size_t print_complaints(std::vector<read_recipe> const& all);

}  // namespace wedgehog::cli
