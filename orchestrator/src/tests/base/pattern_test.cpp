#include "base/pattern.hpp"

#include <gtest/gtest.h>

#include <regex>

#include "base/chance.hpp"

namespace wedgehog {
namespace {

TEST(pattern, finds_what_people_look_for) {
  auto const occurs = [](char const* text, char const* line) {
    return pattern::compile(text).value().occurs_in(line);
  };
  EXPECT_TRUE(occurs("soft lockup", "BUG: soft lockup - CPU#1 stuck"));
  EXPECT_TRUE(occurs("CPU#\\d+ stuck for \\d+s", "CPU#1 stuck for 23s!"));
  EXPECT_TRUE(occurs("^INFO: task .* blocked", "INFO: task x:1 blocked for"));
  EXPECT_FALSE(occurs("^task", "INFO: task"));
  EXPECT_TRUE(occurs("failed$", "page allocation failed"));
  EXPECT_FALSE(occurs("failed$", "failed once"));
  EXPECT_TRUE(occurs("\\boops\\b", "an oops."));
  EXPECT_FALSE(occurs("\\boops\\b", "whoops"));
  EXPECT_TRUE(occurs("(?:ext4|xfs)[^ ]*: err", "xfs_log: err"));
  EXPECT_TRUE(occurs("a{2,3}b", "xaab"));
  EXPECT_FALSE(occurs("^a{2,3}b", "aaaab"));
  EXPECT_TRUE(occurs("[\\]\\d-]x", "-x"));
  EXPECT_TRUE(occurs("(a|b|)c", "c"));
}

TEST(pattern, refuses_what_it_does_not_offer) {
  for (auto const* bad : {"",       "(",      ")",   "a)",  "[",
                          "[]",     "[z-a]",  "*",   "a**", "a+?",
                          "(?=x)",  "\\1",    "\\q", "a{",  "a{,3}",
                          "a{3,2}", "a{101}", "x\\", "^*",  "((((a{100}){100}){100}){100})"}) {
    auto const compiled = pattern::compile(bad);
    ASSERT_FALSE(compiled) << bad;
    EXPECT_EQ(compiled.error().whose(), blame::recipe);
    EXPECT_NE(compiled.error().message().find("(character "), std::string::npos);
  }
}

TEST(pattern, the_classic_explosions_are_harmless) {
  std::string const line(20000, 'a');
  EXPECT_FALSE(pattern::compile("(a*)*b").value().occurs_in(line));
  EXPECT_FALSE(pattern::compile("(a+)+$b").value().occurs_in(line));
  EXPECT_FALSE(pattern::compile("(a|aa)+b").value().occurs_in(line));
}

// Inside the subset it must mean what everybody thinks it means: compare with std::regex.
TEST(pattern, agrees_with_std_regex_on_random_patterns) {
  chance source(17);
  static constexpr std::string_view pieces[] = {"a",   "b", ".",     "[ab]",   "[^a]",  "(a|b)",
                                                "^",   "$", "(ab)*", "a+",     "b?",    "a{2}",
                                                "\\b", "|", "\\w",   "(?:b|)", "a{1,2}"};
  int matched = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (auto n = 1 + source.below(5); n > 0; --n) text += pieces[source.below(std::size(pieces))];
    std::string line;
    for (auto n = source.below(7); n > 0; --n) line += "ab "[source.below(3)];
    auto const compiled = pattern::compile(text);
    ASSERT_TRUE(compiled) << text << ": " << compiled.error().message();
    bool const expected = std::regex_search(line, std::regex(text));
    EXPECT_EQ(compiled->occurs_in(line), expected) << "/" << text << "/ in '" << line << "'";
    matched += expected ? 1 : 0;
  }
  EXPECT_GT(matched, 300);
  EXPECT_LT(matched, 2900);
}

}  // namespace
}  // namespace wedgehog
