#include "cli/recipe_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/duration_list.hpp"
#include "cli/terminal.hpp"
#include "loop/small_file.hpp"
#include "recipe/campaign.hpp"
#include "recipe/document.hpp"

namespace wedgehog::cli {
namespace fs = std::filesystem;

namespace {

// Of a folder. Campaigns may lie there, too; a file that cannot be read is complained about later.
bool is_recipe(fs::path const& file) {
  if (file.extension() != ".yaml" || file.filename().string().ends_with(".fragment.yaml"))
    return false;
  auto const text = loop::read_small_file(file.string(), recipe::longest_text);
  return !text || !recipe::looks_like_campaign(*text);
}

fs::path folder_of(std::string const& file) {
  auto const folder = fs::path(file).parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

result<std::string> read_fragment(fs::path const& folder, std::string const& name) {
  std::error_code failure;
  auto const root = fs::weakly_canonical(folder, failure);
  auto const found = fs::weakly_canonical(root / name, failure);
  if (failure) return recipe_error(fmt::format("{}: {}", name, failure.message()));
  auto const out = found.lexically_relative(root);
  if (out.empty() || *out.begin() == "..")
    return recipe_error(fmt::format("{} is a link that leads out of the recipe's folder", name));
  return loop::read_small_file((folder / name).string(), recipe::longest_text);
}

}  // namespace

result<std::vector<std::string>> recipe_files(std::vector<std::string> const& asked) {
  std::vector<std::string> files;
  for (auto const& one : asked) {
    std::error_code failure;
    if (!fs::is_directory(one, failure)) {
      files.push_back(one);
      continue;
    }
    std::vector<std::string> inside;
    for (auto const& entry : fs::recursive_directory_iterator(one, failure))
      if (is_recipe(entry.path())) inside.push_back(entry.path().string());
    if (inside.empty()) return recipe_error(one + " holds no recipe (*.yaml)");
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

result<read_recipe> read(std::string const& file, recipe::options const& options) {
  auto text = loop::read_small_file(file, recipe::longest_text);
  if (!text) return text.error();
  read_recipe one;
  one.file = file;
  one.text = std::move(text.value());
  auto chosen = options;
  chosen.read_file = [folder = folder_of(file)](std::string const& name) {
    return loop::read_small_file((folder / name).string(), longest_duration_list);
  };
  chosen.folder = folder_of(file).string();
  chosen.read_fragment = [folder = folder_of(file)](std::string const& name) {
    return read_fragment(folder, name);
  };
  one.outcome = recipe::parse(one.text, file, chosen);
  return one;
}

result<std::vector<read_recipe>> read_recipes(std::vector<std::string> const& asked,
                                              recipe::options const& options) {
  auto const files = recipe_files(asked);
  if (!files) return files.error();
  std::vector<read_recipe> all;
  std::set<std::string> fragments;
  for (auto const& file : files.value()) {
    auto one = read(file, options);
    if (!one) return one.error();
    for (auto const& name : one->outcome.fragments)
      fragments.insert((folder_of(file) / name).lexically_normal().string());
    all.push_back(std::move(one.value()));
  }
  std::erase_if(all, [&](read_recipe const& one) {
    bool const asked_for = std::find(asked.begin(), asked.end(), one.file) != asked.end();
    return !asked_for &&
           fragments.contains(
               (folder_of(one.file) / fs::path(one.file).filename()).lexically_normal().string());
  });
  return all;
}

std::size_t print_complaints(std::vector<read_recipe> const& all) {
  std::size_t count = 0;
  for (auto const& one : all) {
    count += one.outcome.complaints.size();
    if (!one.outcome.complaints.empty())
      tell("{}", recipe::print(one.outcome.complaints, one.file));
  }
  return count;
}

}  // namespace wedgehog::cli
