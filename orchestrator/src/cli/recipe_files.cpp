#include "cli/recipe_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/duration_list.hpp"
#include "cli/images.hpp"
#include "cli/places.hpp"
#include "loop/small_file.hpp"
#include "vm/guest_needs.hpp"

namespace wedgehog::cli {
namespace fs = std::filesystem;

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
      if (entry.path().extension() == ".yaml") inside.push_back(entry.path().string());
    if (inside.empty()) return recipe_error(one + " holds no recipe (*.yaml)");
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

result<read_recipe> read(std::string const& file, recipe::options const& options) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return recipe_error(fmt::format("{}: no such recipe, or it may not be read", file));
  read_recipe one;
  one.file = file;
  one.text.assign(std::istreambuf_iterator<char>(stream), {});
  auto chosen = options;
  chosen.read_file = [folder = fs::path(file).parent_path()](std::string const& name) {
    return loop::read_small_file((folder / name).string(), longest_duration_list);
  };
  one.outcome = recipe::parse(one.text, file, chosen);
  return one;
}

recipe::options what_exists() {
  recipe::options chosen;
  chosen.collections = {"ps", "dmesg", "proc"};  // what every guest agent offers
  auto const where = find_places();
  if (!where) return chosen;
  chosen.images = image_names(where.value());
  for (auto const& name : chosen.images)
    if (auto const needs = vm::read_guest_needs(where->images + "/" + name + "/profile.yaml"))
      chosen.least_memory[name] = needs->least_memory;
  return chosen;
}

std::size_t print_complaints(std::vector<read_recipe> const& all) {
  std::size_t count = 0;
  for (auto const& one : all) {
    count += one.outcome.complaints.size();
    if (!one.outcome.complaints.empty())
      fmt::print(stderr, "{}", recipe::print(one.outcome.complaints, one.file));
  }
  return count;
}

}  // namespace wedgehog::cli
