// Variants: the matrix of a recipe, its combinations, and `${{ name }}` in a text. The shell's own
// $x and ${x} are left alone: two braces are ours, fewer are the shell's.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/complaint.hpp"

namespace wedgehog::recipe {

struct node;

// Name -> values, names in the order of the file.
struct matrix {
  std::vector<std::pair<std::string, std::vector<std::string>>> rows{};
  // Declared, but wrongly: a complaint has been made, and their uses make no further one.
  std::set<std::string, std::less<>> broken{};

  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] std::vector<std::string> const* values_of(std::string_view name) const;
};

using combination = std::map<std::string, std::string>;

[[nodiscard]] matrix read_matrix(node const& variants, std::vector<complaint>& complaints);
// The first name varies slowest. One empty combination when there are no variants.
[[nodiscard]] std::vector<combination> combinations_of(matrix const& variants);

struct substituted {
  std::string text{};
  std::set<std::string> used{};        // names that occurred
  std::vector<std::string> unknown{};  // occurred and are not in `values`
  bool unfinished = false;             // a "${{" without "}}"
};

// `$${{` becomes `${{`.
[[nodiscard]] substituted substitute(std::string_view text, combination const& values);

// The first name of `values` that `script` uses as the shell's ${name}, but does not set: probably
// meant for us. "" when there is none.
[[nodiscard]] std::string shell_lookalike(std::string_view script, combination const& values);

}  // namespace wedgehog::recipe
