// What is wrong with a recipe, where, what would be right, and what was probably meant.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wedgehog::recipe {

struct position {
  int line = 1;  // both from 1
  int column = 1;
  std::shared_ptr<std::string const> file{};  // of a fragment; null: the recipe itself
};

struct complaint {
  int line = 1;
  int column = 1;
  std::string message{};
  std::vector<std::string> allowed{};  // what may stand there instead; may be empty
  std::string nearest{};               // the allowed word that looks most like it; may be empty
  std::string file{};                  // the fragment it is about; empty: the recipe itself
  bool operator==(complaint const&) const = default;
};

[[nodiscard]] complaint complaint_at(position const& where, std::string message);

// "x.yaml:14:7: 'deadlne' is not a key of `run`; did you mean 'deadline'?\n    allowed: script,
// …\n" `file_name` is the recipe's; long lists of what is allowed are cut.
[[nodiscard]] std::string print(complaint const& what, std::string_view file_name);
// All of them, in the order of the file.
[[nodiscard]] std::string print(std::span<complaint const> what, std::string_view file_name);

// Bytes inserted, removed, replaced or swapped with their neighbour.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);
// The candidate that looks most like `word`, or "" when none comes near.
[[nodiscard]] std::string nearest_word(std::string_view word,
                                       std::span<std::string const> candidates);

// Foreign text, fit to be shown inside a message: cut, without control characters.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace wedgehog::recipe
