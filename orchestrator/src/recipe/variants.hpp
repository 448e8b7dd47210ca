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

// One name with its values, in the order of the file.
struct variant_row {
  std::string name{};
  std::vector<std::string> values{};
  std::set<std::string, std::less<>> known{};  // the same, to be searched
};

// What `images` calls its variant.
inline constexpr std::string_view image_variant = "image";

// Where the rows stand; null when they were left out.
struct matrix_source {
  node const* images = nullptr;
  node const* variants = nullptr;
  node const* for_each = nullptr;
  std::vector<std::string> const& on_images;  // instead of `images`, and of `image` when several
};

// `images`, `variants` and `for_each`: names in the order of the file, `image` first and that of
// `for_each` last.
struct matrix {
  std::vector<variant_row> rows{};
  // Declared, but wrongly: a complaint has been made, and their uses make no further one.
  std::set<std::string, std::less<>> broken{};
  bool by_image = false;  // the variant `image` says from which one a plan boots

  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] variant_row const* row(std::string_view name) const;
  // How many combinations there are; one, an empty one, when there are no variants.
  [[nodiscard]] std::size_t combinations() const;
};

using combination = std::map<std::string, std::string>;

// A matrix grows fast and a list does not, so their limits are different ones.
[[nodiscard]] matrix read_matrix(matrix_source const& from, std::vector<complaint>& complaints);
// The combination of this number, below `combinations()`: the first name varies slowest.
[[nodiscard]] combination combination_of(matrix const& variants, std::size_t number);

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
