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

TEST(pattern, complains_in_words_about_the_right_character) {
  struct wrong {
    char const* text;
    char const* words;
    char const* where;
  };
  for (auto const& [text, words, where] :
       {wrong{"oops (", "')' is missing", "(character 7)"},
        wrong{"oops)", "')' closes nothing", "(character 5)"},
        wrong{"CPU#[0-9", "']' is missing", "(character 5)"},
        wrong{"stuck for {num}s", "'{' begins {n}", "(character 11)"},
        wrong{"panic(?=:)", "look-around", "(character 6)"},
        wrong{"(frob)\\1", "'\\1' is not offered", "(character 7)"},
        wrong{"a{1001}", "more than 100 times", "(character 2)"},
        wrong{"(((a{100}){100}){100})", "too large", "(character "}}) {
    auto const compiled = pattern::compile(text);
    ASSERT_FALSE(compiled) << text;
    std::string const said = compiled.error().message();
    EXPECT_NE(said.find(words), std::string::npos) << said;
    EXPECT_NE(said.find(where), std::string::npos) << said;
  }
}

TEST(pattern, offers_what_re2_offers) {
  EXPECT_TRUE(pattern::compile("(?i)kernel panic").value().occurs_in("KERNEL PANIC"));
  EXPECT_TRUE(pattern::compile("[[:alpha:]]{3}\\{").value().occurs_in("abc{"));
  EXPECT_TRUE(
      pattern::compile("a.b").value().occurs_in("a\xff"
                                                "b"));
  EXPECT_TRUE(pattern::compile("[{*]+").value().occurs_in("a{*"));
}

TEST(pattern, of_any_size_stays_small_or_is_refused) {
  EXPECT_FALSE(pattern::compile(std::string(1025, 'a')));
  std::string nested = "a";
  for (int i = 0; i < 300; ++i) nested = "(" + nested + ")";
  std::string const line(8000, 'a');
  for (auto const& text : {nested, std::string("(a{100}b?){100}"), std::string("(.{1,100}x){90}"),
                           std::string("((a?){100}){20}"), std::string("[^x]{100}[^y]{100}z")}) {
    auto const compiled = pattern::compile(text);
    if (compiled)
      (void)compiled->occurs_in(line);
    else
      EXPECT_NE(compiled.error().message().find("is not a pattern"), std::string::npos);
  }
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
