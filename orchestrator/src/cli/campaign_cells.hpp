// A campaign file with its recipes: what the cells are, and of what they are made.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/recipe_files.hpp"
#include "farm/campaign_book.hpp"
#include "plan/campaign.hpp"

namespace wedgehog::cli {

struct campaign_cell {
  farm::cell_name name;
  read_recipe const* recipe = nullptr;
  std::size_t plan = 0;  // of the recipe's outcome

  [[nodiscard]] plan::plan const& what() const { return recipe->outcome.plans[plan]; }
};

struct campaign_cells {
  std::string file;
  std::string text;
  plan::campaign campaign;
  std::vector<std::unique_ptr<read_recipe>> recipes;
  std::vector<campaign_cell> cells;
  std::map<std::string, std::string> recipe_sums;  // SHA-256 of each recipe's text, by its file
};

// Prints every complaint about the file and its recipes. `as_clones`: runs begin as copies of a
// template, whatever the recipes say. Blame: recipe.
result<campaign_cells> read_campaign(std::string const& file, bool as_clones = false);

}  // namespace wedgehog::cli
