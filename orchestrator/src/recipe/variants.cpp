#include "recipe/variants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "recipe/document.hpp"

namespace wedgehog::recipe {
namespace {

constexpr std::size_t most_combinations = 256;  // of a matrix: more was hardly meant
constexpr std::size_t most_runs = 10'000;       // of a list that was written out, and all together
constexpr std::size_t longest_value = 200;

bool is_variant_name(std::string_view text) {
  auto const letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !text.empty() && text.size() <= 40 && letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// One row; without values when one of them is wrong.
variant_row read_row(node const& key, node const& list, std::vector<complaint>& complaints) {
  variant_row row{.name = key.value};
  auto const before = complaints.size();
  if (!is_variant_name(key.value) || key.value == "seed")
    complaints.push_back(complaint_at(
        key, key.value == "seed"
                 ? "`seed` is the plan's own seed; call the variant something else"
                 : fmt::format("'{}' is not the name of a variant; write a-z, 0-9 and _, beginning "
                               "with a letter",
                               shown(key.value))));
  if (list.kind != node_kind::list || list.items.empty()) {
    complaints.push_back(
        complaint_at(list, fmt::format("the variant '{}' needs a list of values, like "
                                       "[ext4, xfs]",
                                       shown(key.value))));
    return {};
  }
  for (auto const& item : list.items) {
    if (item->kind != node_kind::scalar || item->value.size() > longest_value ||
        item->value.find('\n') != std::string::npos)
      complaints.push_back(
          complaint_at(*item, fmt::format("a value of a variant is one line of text, at most "
                                          "{} bytes",
                                          longest_value)));
    else if (!row.known.insert(item->value).second)
      complaints.push_back(complaint_at(
          *item, fmt::format("the value '{}' stands twice in this list", shown(item->value))));
    else
      row.values.push_back(item->value);
  }
  if (complaints.size() != before) row.values.clear();
  return row;
}

bool is_shell_name_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

}  // namespace

std::vector<std::string> matrix::names() const {
  std::vector<std::string> all;
  for (auto const& each : rows) all.push_back(each.name);
  return all;
}

variant_row const* matrix::row(std::string_view name) const {
  for (auto const& each : rows)
    if (each.name == name) return &each;
  return nullptr;
}

std::size_t matrix::combinations() const {
  std::size_t product = 1;
  for (auto const& each : rows) product *= each.values.size();
  return product;
}

namespace {

// Shape and spelling are complained about when the recipe is built, like those of every list.
void read_images(matrix_source const& from, matrix& into, std::vector<complaint>& complaints) {
  if (from.images == nullptr && from.on_images.size() < 2) return;
  variant_row row{.name = std::string(image_variant)};
  bool right = true;
  if (from.images != nullptr)
    for (auto const& item : from.images->items) {
      right = right && item->kind == node_kind::scalar;
      if (item->value.find("${{") != std::string::npos) {
        right = false;
        complaints.push_back(complaint_at(*item, "`images` is a variant, and takes no other's"));
      } else if (right && !row.known.insert(item->value).second) {
        right = false;
        complaints.push_back(complaint_at(
            *item, fmt::format("the image '{}' stands twice in this list", shown(item->value))));
      } else if (right) {
        row.values.push_back(item->value);
      }
    }
  if (!from.on_images.empty()) row.values = from.on_images;
  row.known.insert(row.values.begin(), row.values.end());
  into.by_image = right && !row.values.empty();
  if (into.by_image)
    into.rows.push_back(std::move(row));
  else
    into.broken.emplace(image_variant);
}

void read_variants(node const& variants, matrix& into, std::vector<complaint>& complaints) {
  if (variants.kind != node_kind::mapping || variants.entries.empty()) {
    complaints.push_back(complaint_at(variants,
                                      "`variants` needs names with lists of values, like "
                                      "{fs: [ext4, xfs]}"));
    return;
  }
  for (auto const& [key, list] : variants.entries) {
    if (into.row(key->value) != nullptr || into.broken.contains(key->value)) {
      complaints.push_back(complaint_at(
          *key, fmt::format("'{}' is a variant already: which of several images it is",
                            shown(key->value))));
      continue;
    }
    auto row = read_row(*key, *list, complaints);
    bool const too_many = into.combinations() * row.values.size() > most_combinations;
    if (too_many)
      complaints.push_back(complaint_at(
          *key, fmt::format("the variants make more than {} combinations; a list of things to be "
                            "done one by one is no matrix: write `for_each: {{{}: […]}}`, which "
                            "may have up to {} entries",
                            most_combinations, shown(key->value), most_runs)));
    if (row.values.empty() || too_many)
      into.broken.insert(key->value);
    else
      into.rows.push_back(std::move(row));
  }
}

void read_for_each(node const& for_each, matrix& into, std::vector<complaint>& complaints) {
  if (for_each.kind != node_kind::mapping || for_each.entries.size() != 1) {
    complaints.push_back(complaint_at(for_each,
                                      "`for_each` needs one name with a list of values, like "
                                      "{test: [generic/001, generic/002]}"));
    for (auto const& [key, list] : for_each.entries) into.broken.insert(key->value);
    return;
  }
  auto const& [key, list] = for_each.entries.front();
  auto row = read_row(*key, *list, complaints);
  bool right = !row.values.empty();
  if (into.row(key->value) != nullptr || into.broken.contains(key->value)) {
    right = false;
    complaints.push_back(
        complaint_at(*key, fmt::format("'{}' is a variant already", shown(key->value))));
  } else if (into.combinations() * row.values.size() > most_runs) {
    right = false;
    complaints.push_back(complaint_at(
        *key, fmt::format("this makes {} runs, and a recipe may have {}; split the list over "
                          "several recipes, which may `include` the rest",
                          into.combinations() * row.values.size(), most_runs)));
  }
  if (right)
    into.rows.push_back(std::move(row));
  else
    into.broken.insert(key->value);
}

}  // namespace

matrix read_matrix(matrix_source const& from, std::vector<complaint>& complaints) {
  matrix read;
  read_images(from, read, complaints);
  if (from.variants != nullptr) read_variants(*from.variants, read, complaints);
  if (from.for_each != nullptr) read_for_each(*from.for_each, read, complaints);
  return read;
}

combination combination_of(matrix const& variants, std::size_t number) {
  combination values;
  for (auto row = variants.rows.rbegin(); row != variants.rows.rend(); ++row) {
    values[row->name] = row->values[number % row->values.size()];
    number /= row->values.size();
  }
  return values;
}

substituted substitute(std::string_view text, combination const& values) {
  substituted out;
  while (true) {
    auto const begin = text.find("${{");
    out.text += text.substr(0, begin);
    if (begin == std::string_view::npos) return out;
    if (begin > 0 && text[begin - 1] == '$') {
      out.text.pop_back();
      out.text += "${{";
      text.remove_prefix(begin + 3);
      continue;
    }
    auto const end = text.find("}}", begin);
    if (end == std::string_view::npos) {
      out.unfinished = true;
      return out;
    }
    auto name = text.substr(begin + 3, end - begin - 3);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (auto const found = values.find(std::string(name)); found != values.end()) {
      out.text += found->second;
      out.used.emplace(name);
    } else {
      out.unknown.emplace_back(name);
    }
    text.remove_prefix(end + 2);
  }
}

std::string shell_lookalike(std::string_view script, combination const& values) {
  for (auto const& [name, value] : values) {
    bool used = false;
    bool mentioned = false;  // "fs=…", "for fs in", "read fs": anything that may set it
    for (auto at = script.find(name); at != std::string_view::npos;
         at = script.find(name, at + 1)) {
      auto const after = at + name.size();
      if ((at > 0 && is_shell_name_byte(script[at - 1])) ||
          (after < script.size() && is_shell_name_byte(script[after])))
        continue;
      bool const braced = at >= 2 && script.substr(at - 2, 2) == "${";
      bool const bare = at >= 1 && script[at - 1] == '$';
      if (braced && after < script.size() && script[after] == '}')
        used = true;
      else if (!braced && !bare)
        mentioned = true;
    }
    if (used && !mentioned) return name;
  }
  return {};
}

}  // namespace wedgehog::recipe
