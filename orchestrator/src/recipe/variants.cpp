#include "recipe/variants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "recipe/document.hpp"

namespace wedgehog::recipe {
namespace {

constexpr std::size_t most_combinations = 256;
constexpr std::size_t longest_value = 200;

bool is_name(std::string_view text) {
  auto const letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !text.empty() && text.size() <= 40 && letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

complaint at(node const& where, std::string message) {
  return {.line = where.line, .column = where.column, .message = std::move(message)};
}

// The values of one row; empty when one of them is wrong.
std::vector<std::string> read_row(node const& key, node const& list,
                                  std::vector<complaint>& complaints) {
  std::vector<std::string> values;
  auto const before = complaints.size();
  if (!is_name(key.value) || key.value == "seed")
    complaints.push_back(at(
        key, key.value == "seed"
                 ? "`seed` is the plan's own seed; call the variant something else"
                 : fmt::format("'{}' is not the name of a variant; write a-z, 0-9 and _, beginning "
                               "with a letter",
                               shown(key.value))));
  if (list.kind != node_kind::list || list.items.empty()) {
    complaints.push_back(at(list, fmt::format("the variant '{}' needs a list of values, like "
                                              "[ext4, xfs]",
                                              shown(key.value))));
    return {};
  }
  for (auto const& item : list.items) {
    if (item->kind != node_kind::scalar || item->value.size() > longest_value ||
        item->value.find('\n') != std::string::npos)
      complaints.push_back(
          at(*item, fmt::format("a value of a variant is one line of text, at most "
                                "{} bytes",
                                longest_value)));
    else if (std::find(values.begin(), values.end(), item->value) != values.end())
      complaints.push_back(
          at(*item, fmt::format("the value '{}' stands twice in this list", shown(item->value))));
    else
      values.push_back(item->value);
  }
  return complaints.size() == before ? values : std::vector<std::string>{};
}

bool is_shell_name_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

}  // namespace

std::vector<std::string> matrix::names() const {
  std::vector<std::string> all;
  for (auto const& [name, values] : rows) all.push_back(name);
  return all;
}

std::vector<std::string> const* matrix::values_of(std::string_view name) const {
  for (auto const& [candidate, values] : rows)
    if (candidate == name) return &values;
  return nullptr;
}

matrix read_matrix(node const& variants, std::vector<complaint>& complaints) {
  matrix read;
  if (variants.kind != node_kind::mapping || variants.entries.empty()) {
    complaints.push_back(at(variants,
                            "`variants` needs names with lists of values, like "
                            "{fs: [ext4, xfs]}"));
    return read;
  }
  std::size_t product = 1;
  for (auto const& [key, list] : variants.entries) {
    auto values = read_row(*key, *list, complaints);
    if (values.empty() || product * values.size() > most_combinations) {
      if (!values.empty())
        complaints.push_back(at(
            *key, fmt::format("the variants make more than {} combinations", most_combinations)));
      read.broken.insert(key->value);
      continue;
    }
    product *= values.size();
    read.rows.emplace_back(key->value, std::move(values));
  }
  return read;
}

std::vector<combination> combinations_of(matrix const& variants) {
  std::vector<combination> all{{}};
  for (auto const& [name, values] : variants.rows) {
    std::vector<combination> longer;
    for (auto const& base : all)
      for (auto const& value : values) {
        longer.push_back(base);
        longer.back()[name] = value;
      }
    all = std::move(longer);
  }
  return all;
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
