// wedgehog check: every mistake of a recipe at once, without starting anything.
#include <fmt/format.h>

#include <memory>

#include "base/described.hpp"
#include "cli/backend_on.hpp"
#include "cli/campaign_cells.hpp"
#include "cli/commands.hpp"
#include "cli/lacks.hpp"
#include "cli/recipe_files.hpp"
#include "cli/terminal.hpp"
#include "cli/what_exists.hpp"
#include "folder/files.hpp"
#include "recipe/campaign.hpp"

namespace wedgehog::cli {
namespace {

struct check_options {
  std::vector<std::string> recipes;
  bool schema = false;
  bool campaign_schema = false;
  std::string on;
  bool clone = false;
};

json::array complaints_of(read_recipe const& one) {
  json::array list;
  for (auto const& wrong : one.outcome.complaints)
    list.push_back(json::object{{"file", wrong.file.empty() ? one.file : wrong.file},
                                {"line", wrong.line},
                                {"column", wrong.column},
                                {"message", wrong.message}});
  return list;
}

// Takes the campaigns out of what was named, and says what is wrong with each and its recipes.
std::size_t check_campaigns(std::vector<std::string>& named, common_options const& common) {
  std::size_t wrong = 0;
  std::erase_if(named, [&](std::string const& file) {
    auto const text = folder::read_document(file);
    if (!text || !recipe::looks_like_campaign(*text)) return false;
    auto const read = read_campaign(file);
    if (!read) {
      ++wrong;
      complain(read.error().message(), 0);
    } else if (!common.quiet && !common.json) {
      print("{}: good, {} cells\n", file, read->cells.size());
    }
    return true;
  });
  return wrong;
}

int check(check_options const& asked, common_options const& common) {
  if (asked.schema || asked.campaign_schema) {
    print("{}\n", asked.schema ? recipe::json_schema() : recipe::campaign_json_schema());
    return 0;
  }
  if (asked.recipes.empty())
    return complain("check: name a recipe, a campaign, a folder of recipes, or --schema",
                    exit_usage);
  auto named = asked.recipes;
  auto const wrong_campaigns = check_campaigns(named, common);
  if (named.empty()) return wrong_campaigns == 0 ? 0 : exit_usage;
  auto chosen = what_exists();
  chosen.as_clones = asked.clone;
  auto const all = read_recipes(named, chosen);
  if (!all) return complain(all.error().message(), exit_usage);
  std::size_t wrong = wrong_campaigns;
  for (auto const& one : all.value()) {
    wrong += one.outcome.complaints.size();
    if (common.json)
      print("{}\n", json::serialize(json::object{{"recipe", one.file},
                                                 {"plans", one.outcome.plans.size()},
                                                 {"complaints", complaints_of(one)}}));
    else if (one.outcome.complaints.empty() && !common.quiet)
      print("{}: good, {} run{}\n", one.file, one.outcome.plans.size(),
            one.outcome.plans.size() == 1 ? "" : "s");
  }
  if (!common.json) print_complaints(all.value());
  if (!asked.on.empty() || asked.clone) {
    auto const host = host_named(asked.on);
    if (!host) return complain(host.error().message(), exit_usage);
    auto const place = backend_on(host->uri);
    if (!place)
      return complain(place.error().message(),
                      place.error().whose() == blame::recipe ? exit_usage : exit_inconclusive);
    wrong += print_lacks(all.value(), place->kind, false);
  }
  return wrong == 0 ? 0 : exit_usage;
}

}  // namespace

void add_check(CLI::App& to, common_options& common, action& act) {
  auto* command =
      to.add_subcommand("check", "Check recipes: every mistake at once, nothing is started");
  auto asked = std::make_shared<check_options>();
  command->add_option("recipes", asked->recipes,
                      "Recipe and campaign files, or folders of recipes");
  command->add_flag("--schema", asked->schema,
                    "Print the JSON Schema of the recipe language, for editors");
  command->add_flag("--campaign-schema", asked->campaign_schema,
                    "Print the JSON Schema of campaign files");
  command->add_option("--on", asked->on,
                      "Also say what they need that machines there, or their images, lack: a "
                      "backend (direct, libvirt, libvirt-far, simulated) or a libvirt URI");
  command->add_flag("--clone", asked->clone,
                    "Also say what they need that a clone lacks (with --on: of machines there)");
  command->callback(
      [asked, &common, &act] { act = [asked, &common] { return check(*asked, common); }; });
}

}  // namespace wedgehog::cli
