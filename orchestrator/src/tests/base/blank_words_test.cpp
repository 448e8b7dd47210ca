#include "base/blank_words.hpp"

#include <gtest/gtest.h>

namespace wedgehog {
namespace {

using words = std::vector<std::string_view>;

TEST(blank_words, stand_between_blanks_and_tabs) {
  EXPECT_EQ(blank_words("  0 \t rw\t8:16  F "), (words{"0", "rw", "8:16", "F"}));
  EXPECT_EQ(blank_words("one"), words{"one"});
  EXPECT_EQ(blank_words(""), words{});
  EXPECT_EQ(blank_words(" \t "), words{});
}

TEST(blank_words, are_the_first_so_many) {
  EXPECT_EQ(blank_words("a b c d", 2), (words{"a", "b"}));
  EXPECT_EQ(blank_words("a b", 0), words{});
}

}  // namespace
}  // namespace wedgehog
