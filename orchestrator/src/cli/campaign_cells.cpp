#include "cli/campaign_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "cli/terminal.hpp"
#include "cli/what_exists.hpp"
#include "folder/checksum.hpp"
#include "folder/files.hpp"
#include "recipe/campaign.hpp"

namespace wedgehog::cli {
namespace {

namespace fs = std::filesystem;

bool is_wanted(plan::plan const& what, plan::campaign const& by) {
  return std::all_of(what.variant.begin(), what.variant.end(), [&](auto const& one) {
    auto const only = by.only.find(one.first);
    return only == by.only.end() ||
           std::find(only->second.begin(), only->second.end(), one.second) != only->second.end();
  });
}

// Names and values of `only` that no recipe has: most likely mistyped.
std::string unmet(campaign_cells const& all) {
  for (auto const& [name, values] : all.campaign.only)
    for (auto const& value : values) {
      auto const has = [&](campaign_cell const& cell) {
        auto const found = cell.what().variant.find(name);
        return found != cell.what().variant.end() && found->second == value;
      };
      if (std::none_of(all.cells.begin(), all.cells.end(), has))
        return fmt::format("`only` wants {}={}, which none of its recipes has", name, value);
    }
  return {};
}

result<recipe::options> options_of(plan::campaign const& one) {
  auto exists = what_exists();
  for (auto const& image : one.images) {
    if (std::find(exists.images.begin(), exists.images.end(), image) == exists.images.end())
      return recipe_error(
          fmt::format("there is no image '{}' (known: {}); more in `wedgehog explain image`", image,
                      fmt::join(exists.images, ", ")));
    exists.on_images.push_back(image);
  }
  return exists;
}

result<void> add_cells(campaign_cells& to, std::set<farm::cell_name>& seen,
                       read_recipe const& from) {
  for (std::size_t i = 0; i < from.outcome.plans.size(); ++i) {
    auto const& what = from.outcome.plans[i];
    if (!is_wanted(what, to.campaign)) continue;
    farm::cell_name const name{what.name, plan::variant_text(what), what.image};
    if (!seen.insert(name).second)
      return recipe_error(
          fmt::format("two recipes of the campaign are called {}, so that their "
                      "runs could not be told apart; the second is {}",
                      plan::title(what), from.file));
    to.cells.push_back({name, &from, i});
  }
  return {};
}

}  // namespace

result<campaign_cells> read_campaign(std::string const& file, bool as_clones) {
  auto text = folder::read_document(file);
  if (!text) return recipe_error(text.error().message());
  campaign_cells all{.file = fs::absolute(file).lexically_normal().string(), .text = *text};
  auto read = recipe::parse_campaign(*text);
  for (auto const& wrong : read.complaints) tell("{}", recipe::print({wrong}, file));
  if (!read.complaints.empty())
    return recipe_error(fmt::format("{} is no campaign as it stands", file));
  all.campaign = std::move(read.campaign);
  auto exists = options_of(all.campaign);
  if (!exists) return exists.error();
  exists->as_clones = as_clones;
  std::vector<std::string> named;
  for (auto const& one : all.campaign.recipes)
    named.push_back((fs::path(all.file).parent_path() / one).lexically_normal().string());
  auto recipes = read_recipes(named, exists.value());
  if (!recipes) return recipe_error(recipes.error().message());
  if (print_complaints(*recipes) > 0) return recipe_error("recipes of the campaign are wrong");
  std::set<farm::cell_name> seen;
  for (auto& one : *recipes) {
    all.recipes.push_back(std::make_unique<read_recipe>(std::move(one)));
    auto const& kept = *all.recipes.back();
    all.recipe_sums[kept.file] = folder::sha256_of_text(kept.text);
    if (auto added = add_cells(all, seen, kept); !added) return added.error();
  }
  if (auto const what = unmet(all); !what.empty()) return recipe_error(what);
  if (all.cells.empty()) return recipe_error("the campaign has nothing to run");
  return all;
}

}  // namespace wedgehog::cli
