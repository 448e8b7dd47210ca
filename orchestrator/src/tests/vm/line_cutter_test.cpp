#include "vm/line_cutter.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace wedgehog::vm {
namespace {

using lines = std::vector<std::pair<std::string, bool>>;

lines cut(std::vector<std::string_view> const& pieces) {
  lines got;
  line_cutter cutter;
  auto const keep = [&](std::string line, bool partial) {
    got.emplace_back(std::move(line), partial);
  };
  for (auto piece : pieces) cutter.feed(piece, keep);
  cutter.flush(keep);
  return got;
}

TEST(line_cutter, the_same_lines_however_the_bytes_arrive) {
  std::string const text = "one\r\ntwo\n\nlast words";
  lines const whole = cut({text});
  EXPECT_EQ(whole, (lines{{"one", false}, {"two", false}, {"", false}, {"last words", true}}));
  for (std::size_t i = 0; i <= text.size(); ++i)
    EXPECT_EQ(cut({std::string_view(text).substr(0, i), std::string_view(text).substr(i)}), whole)
        << i;
}

TEST(line_cutter, a_flood_without_line_ends_comes_in_bounded_pieces) {
  std::string const flood(3 * line_cutter::bound + 5, 'x');
  auto const got = cut({flood, "\n"});
  ASSERT_EQ(got.size(), 4U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(got[i].first.size(), line_cutter::bound);
    EXPECT_TRUE(got[i].second);
  }
  EXPECT_EQ(got[3], (std::pair<std::string, bool>{"xxxxx", false}));
}

}  // namespace
}  // namespace wedgehog::vm
