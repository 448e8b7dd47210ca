// A recipe's text as a tree of values that know where they stand. Bounded in size, depth and
// aliases, so that no file, however strange, costs more than a moment.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "recipe/complaint.hpp"

namespace wedgehog::recipe {

struct node;
using node_ptr = std::shared_ptr<node const>;

enum class node_kind { nothing, scalar, list, mapping };

struct node : position {
  node_kind kind = node_kind::nothing;
  std::string value{};  // scalar
  std::vector<node_ptr> items{};
  std::vector<std::pair<node_ptr, node_ptr>> entries{};  // keys are scalars, each once
  std::size_t weight = 1;                                // nodes below it, aliases written out

  // The value of a key of a mapping; null when there is none.
  [[nodiscard]] node const* find(std::string_view key) const;
};

// No text holds such a byte: NUL cuts it, an escape sequence paints a terminal.
[[nodiscard]] bool is_control(char c);

struct document {
  node_ptr root{};  // null when it could not be read
  std::vector<complaint> complaints{};
};

inline constexpr std::size_t longest_text = 1U << 20U;  // bytes of one file
inline constexpr std::size_t largest_weight = 20'000;   // values of a recipe, all files together

// `file` is what its positions say; empty: the recipe itself.
[[nodiscard]] document read_document(std::string_view text, std::string const& file = {});

}  // namespace wedgehog::recipe
