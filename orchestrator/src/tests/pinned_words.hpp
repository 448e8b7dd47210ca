// The words of an enum, to be compared with those that were released: they stand in saved plans,
// timelines and databases, and never change.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/enum_words.hpp"

namespace wedgehog {

// "any kvm tcg", after each was read back.
template <described_enum Enum>
std::string pinned() {
  for (auto const& [value, text] : words_of_enum<Enum>) {
    EXPECT_EQ(name_of(value), text);
    Enum back{};
    EXPECT_TRUE(parse_name(text, back)) << text;
    EXPECT_EQ(back, value);
  }
  return joined_words<Enum>(" ");
}

}  // namespace wedgehog
