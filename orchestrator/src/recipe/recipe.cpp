#include "recipe/recipe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/chance.hpp"
#include "base/ensure.hpp"
#include "recipe/build.hpp"
#include "recipe/checked.hpp"
#include "recipe/document.hpp"
#include "recipe/fragments.hpp"
#include "recipe/scalar.hpp"
#include "recipe/variants.hpp"

namespace wedgehog::recipe {
namespace {

// `--variant` words that the recipe does not know.
void check_filter(options const& chosen, matrix const& variants, position const& where,
                  ledger& complaints) {
  for (auto const& [name, value] : chosen.only) {
    auto const* row = variants.row(name);
    if (row == nullptr && !variants.broken.contains(name))
      complaints.add(
          where,
          fmt::format("'{}' was asked for, and is not a variant of this recipe", shown(name)),
          variants.names(), name);
    else if (row != nullptr && !row->known.contains(value))
      complaints.add(where,
                     fmt::format("{}={} was asked for, and `{}` never has this value", shown(name),
                                 shown(value), name),
                     row->values, value);
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

// A file says the same for every plan of a recipe, whatever becomes of it meanwhile.
std::function<result<std::string>(std::string const&)> remembered(
    std::function<result<std::string>(std::string const&)> read) {
  if (!read) return read;
  return [read = std::move(read),
          known = std::make_shared<std::map<std::string, result<std::string>>>()](
             std::string const& name) -> result<std::string> {
    auto const found = known->find(name);
    if (found != known->end()) return found->second;
    return known->emplace(name, read(name)).first->second;
  };
}

}  // namespace

// What is read once; plans are made from it one by one.
struct plan_list::source {
  node_ptr root{};
  matrix variants{};
  std::string file_name{};
  options chosen{};

  [[nodiscard]] plan::plan make(std::size_t combination, ledger& complaints) const {
    auto const values = combination_of(variants, combination);
    auto const seed = seed_of(*root, values, chosen);
    auto names = values;
    names["seed"] = fmt::format("{}", seed);
    checker check(complaints, std::move(names), variants);
    auto made = build(*root, check, variants, chosen);
    made.recipe = file_name;
    made.variant = values;
    made.seed = seed;
    return made;
  }
};

plan::plan const& plan_list::operator[](std::size_t number) const {
  ensure(number < asked_for_.size(), "there is such a plan");
  if (auto const found = made_.find(number); found != made_.end()) return found->second;
  if (asked_for_.size() > kept_at_once) made_.clear();
  ledger none;
  auto const& made = made_.emplace(number, source_->make(asked_for_[number], none)).first->second;
  ensure(none.empty(), "what was checked has no mistakes");
  return made;
}

bool operator==(plan_list const& left, plan_list const& right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i)
    if (left[i] != right[i]) return false;
  return true;
}

outcome parse(std::string_view text, std::string file_name, options const& chosen) {
  auto const document = read_document(text);
  ledger complaints;
  for (auto const& each : document.complaints) complaints.add(each);
  if (document.root == nullptr) return {.complaints = complaints.take()};
  if (document.root->kind != node_kind::mapping || document.root->entries.empty()) {
    complaints.add(*document.root, "a recipe is a mapping that begins like `name: …`");
    return {.complaints = complaints.take()};
  }
  auto whole = put_in_fragments(document.root, file_name, chosen.read_fragment);
  for (auto& each : whole.complaints) complaints.add(std::move(each));
  outcome out{.fragments = std::move(whole.fragments)};

  auto source = std::make_shared<plan_list::source>();
  source->root = std::move(whole.root);
  source->file_name = std::move(file_name);
  source->chosen = chosen;
  source->chosen.read_file = remembered(chosen.read_file);
  auto const* written = source->root->find("variants");
  std::vector<complaint> found;
  source->variants = read_matrix({.images = source->root->find("images"),
                                  .variants = written,
                                  .for_each = source->root->find("for_each"),
                                  .on_images = source->chosen.on_images},
                                 found);
  for (auto& each : found) complaints.add(std::move(each));
  check_filter(chosen, source->variants, written == nullptr ? *source->root : *written, complaints);

  std::vector<std::size_t> asked_for;
  auto const count = source->variants.combinations();
  for (std::size_t i = 0; i < count && !complaints.full(); ++i) {
    (void)source->make(i, complaints);
    if (is_asked_for(combination_of(source->variants, i), chosen)) asked_for.push_back(i);
  }
  out.complaints = complaints.take();
  if (out.complaints.empty()) out.plans = plan_list(std::move(source), std::move(asked_for));
  return out;
}

}  // namespace wedgehog::recipe
