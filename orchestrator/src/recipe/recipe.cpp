#include "recipe/recipe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/chance.hpp"
#include "base/ensure.hpp"
#include "recipe/build.hpp"
#include "recipe/checked.hpp"
#include "recipe/document.hpp"
#include "recipe/scalar.hpp"
#include "recipe/variants.hpp"

namespace wedgehog::recipe {
namespace {

// `--variant` words that the recipe does not know.
void check_filter(options const& chosen, matrix const& variants, position const& where,
                  ledger& complaints) {
  for (auto const& [name, value] : chosen.only) {
    auto const* values = variants.values_of(name);
    if (values == nullptr && !variants.broken.contains(name))
      complaints.add(
          where,
          fmt::format("'{}' was asked for, and is not a variant of this recipe", shown(name)),
          variants.names(), name);
    else if (values != nullptr && std::find(values->begin(), values->end(), value) == values->end())
      complaints.add(where,
                     fmt::format("{}={} was asked for, and `{}` never has this value", shown(name),
                                 shown(value), name),
                     *values, value);
  }
}

bool is_asked_for(combination const& values, options const& chosen) {
  return std::all_of(chosen.only.begin(), chosen.only.end(), [&](auto const& wanted) {
    auto const found = values.find(wanted.first);
    return found != values.end() && found->second == wanted.second;
  });
}

// A wrong `seed` is complained about when the recipe is built; here it counts for nothing.
std::uint64_t seed_of(node const& recipe, combination const& values, options const& chosen) {
  if (chosen.seed) return *chosen.seed;
  std::uint64_t base = chosen.base_seed;
  auto const* row = find_parameter(key_words().front(), "seed");
  ensure(row != nullptr, "`seed` is a key");
  if (auto const* written = recipe.find("seed");
      written != nullptr && written->kind == node_kind::scalar)
    if (auto const text = canonical(*row, substitute(written->value, values).text))
      base = std::stoull(*text);
  std::string name;
  for (auto const& [key, value] : values) name += fmt::format("{}={};", key, value);
  return name.empty() ? base : chance(base).stream("variant:" + name).seed();
}

}  // namespace

outcome parse(std::string_view text, std::string file_name, options const& chosen) {
  auto const document = read_document(text);
  ledger complaints;
  for (auto const& each : document.complaints) complaints.add(each);
  if (document.root == nullptr) return {.complaints = complaints.take()};
  node const& root = *document.root;
  if (root.kind != node_kind::mapping || root.entries.empty()) {
    complaints.add(root, "a recipe is a mapping that begins like `name: …`");
    return {.complaints = complaints.take()};
  }

  matrix variants;
  node const* written = root.find("variants");
  if (written != nullptr) {
    std::vector<complaint> found;
    variants = read_matrix(*written, found);
    for (auto& each : found) complaints.add(std::move(each));
  }
  check_filter(chosen, variants, written == nullptr ? root : *written, complaints);

  outcome out;
  for (auto const& values : combinations_of(variants)) {
    auto const seed = seed_of(root, values, chosen);
    auto names = values;
    names["seed"] = fmt::format("{}", seed);
    checker check(complaints, std::move(names), variants);
    auto built = build(root, check, variants, chosen);
    if (!is_asked_for(values, chosen)) continue;
    built.recipe = file_name;
    built.variant = values;
    built.seed = seed;
    out.plans.push_back(std::move(built));
  }
  out.complaints = complaints.take();
  if (!out.complaints.empty()) out.plans.clear();
  return out;
}

}  // namespace wedgehog::recipe
