// What each value of an enum means, for a person: a table beside the enum, complete by the
// compiler.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/enum_words.hpp"

namespace wedgehog {

template <described_enum Enum>
struct meaning {
  Enum what;
  std::string_view text;
};

// In the order of the enum: constexpr meanings<ability> table{{{ability::kill, "…"}, …}};
template <described_enum Enum>
using meanings = std::array<meaning<Enum>, words_of_enum<Enum>.size()>;

// For a static_assert: every value has its row, where its number says.
template <described_enum Enum>
[[nodiscard]] constexpr bool complete(meanings<Enum> const& table) {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].what) != i || table[i].text.empty()) return false;
  return true;
}

template <described_enum Enum>
[[nodiscard]] std::vector<Enum> all_values() {
  std::vector<Enum> all;
  for (auto const& each : words_of_enum<Enum>) all.push_back(each.value);
  return all;
}

}  // namespace wedgehog
