// Files that no person wrote: each must be refused quickly, with a complaint.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recipe/recipe.hpp"

namespace wedgehog::recipe {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view rest = "image: linux\nsteps: [run: 'true']\n";

std::string first_complaint(std::string const& text) {
  auto const read = parse(text, "x.yaml");
  EXPECT_TRUE(read.plans.empty());
  return read.complaints.empty() ? "none" : print(read.complaints.front(), "x.yaml");
}

TEST(bounds, a_huge_file) {
  EXPECT_THAT(first_complaint(std::string((1U << 20U) + 1, '#')),
              HasSubstr("larger than 1024 KiB"));
}

TEST(bounds, deep_nesting) {
  for (auto const* piece : {"[", "{a: ", "- ", "? "}) {
    std::string deep;
    for (int i = 0; i < 50'000; ++i) deep += piece;
    EXPECT_THAT(first_complaint(deep), HasSubstr("nested more than")) << piece;
  }
}

TEST(bounds, aliases_that_multiply) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    text += fmt::format("a{}: &a{} [", i, i);
    for (int k = 0; k < 10; ++k) text += fmt::format("{}*a{}", k == 0 ? "" : ", ", i - 1);
    text += "]\n";
  }
  EXPECT_THAT(first_complaint(text), HasSubstr("aliases counted each time"));
}

TEST(bounds, an_alias_of_itself) {
  EXPECT_THAT(first_complaint("name: &a [x, *a]\n"), HasSubstr("would never end"));
  EXPECT_THAT(first_complaint("name: &a {b: *a}\n"), HasSubstr("would never end"));
}

TEST(bounds, bytes_that_are_no_text) {
  EXPECT_EQ(first_complaint("name: a\nabout: \xff\n"), "x.yaml:2:8: the byte 0xff is not UTF-8\n");
  EXPECT_EQ(first_complaint("name: \xc0\xaf"), "x.yaml:1:7: the byte 0xc0 is not UTF-8\n");
  EXPECT_EQ(first_complaint("name: \xed\xa0\x80"), "x.yaml:1:7: the byte 0xed is not UTF-8\n");
  EXPECT_EQ(first_complaint(std::string("na\0me", 5)), "x.yaml:1:3: the byte 0x00 is not text\n");
  EXPECT_EQ(first_complaint("name: \xe2\x82"), "x.yaml:1:7: the byte 0xe2 is not UTF-8\n");
}

TEST(bounds, bytes_that_are_no_text_by_their_escapes) {
  EXPECT_EQ(first_complaint("name: a\nabout: \"a\\0b\"\n" + std::string(rest)),
            "x.yaml:2:8: the text holds the byte 0x00, which is not text\n");
  EXPECT_EQ(first_complaint("name: a\n\"k\\x1b\": b\n" + std::string(rest)),
            "x.yaml:2:1: the text holds the byte 0x1b, which is not text\n");
}

TEST(bounds, nothing_at_all) {
  for (auto const* text : {"", "\n\n", "# only a comment\n", "---\n", "~", "[]", "{}", "word"})
    EXPECT_NE(first_complaint(text), "none") << text;
}

TEST(bounds, more_mistakes_than_anybody_reads) {
  std::string text = "name: x\n";
  for (int i = 0; i < 5000; ++i) text += fmt::format("wrong{}: x\n", i);
  EXPECT_EQ(parse(text, "x.yaml").complaints.size(), 200U);
}

std::string list_of(std::string const& name, int count) {
  std::string text = "  " + name + ": [";
  for (int i = 0; i < count; ++i) text += fmt::format("{}v{}", i == 0 ? "" : ", ", i);
  return text + "]\n";
}

TEST(bounds, too_many_combinations) {
  auto const matrix =
      "name: x\nvariants:\n" + list_of("a", 10) + list_of("b", 10) + list_of("c", 10);
  auto const told = first_complaint(matrix + std::string(rest));
  EXPECT_THAT(told, HasSubstr("x.yaml:5:3: the variants make more than 256 combinations"));
  EXPECT_THAT(told, HasSubstr("write `for_each: {c: […]}`, which may have up to 10000 entries"));
  EXPECT_THAT(first_complaint("name: x\nvariants:\n" + list_of("test", 300) + std::string(rest)),
              HasSubstr("write `for_each: {test: […]}`"));
}

TEST(bounds, a_list_of_tests_is_no_matrix) {
  auto const listed = "name: x\nfor_each:\n" + list_of("test", 10'000) + std::string(rest);
  auto const read = parse(listed, "x.yaml", {.base_seed = 1});
  ASSERT_EQ(print(read.complaints, "x.yaml"), "");
  ASSERT_EQ(read.plans.size(), 10'000U);
  EXPECT_EQ(read.plans[9'999].variant.at("test"), "v9999");
  EXPECT_EQ(read.plans[0].variant.at("test"), "v0");
  EXPECT_NE(read.plans[0].seed, 0U);
  EXPECT_THAT(first_complaint("name: x\nfor_each:\n" + list_of("test", 10'001) + std::string(rest)),
              HasSubstr("this makes 10001 runs, and a recipe may have 10000; split the list"));
  EXPECT_THAT(first_complaint("name: x\nvariants:\n" + list_of("fs", 11) + "for_each:\n" +
                              list_of("test", 1'000) + std::string(rest)),
              HasSubstr("this makes 11000 runs"));
}

// Ten thousand entries, each wrong in the same place, and a wrong name with as many alternatives.
TEST(bounds, mistakes_in_a_long_list_cost_no_more_than_others) {
  auto const listed = "name: x\nfor_each:\n" + list_of("test", 10'000) +
                      "expect: [{verdict: slow, when: {test: v1000000}}, passed]\n"
                      "image: linux\nsteps: [wait: '${{ test }}', wait: 5]\n";
  auto const read = parse(listed, "x.yaml");
  EXPECT_EQ(read.complaints.size(), 200U);
  EXPECT_LT(print(read.complaints, "x.yaml").size(), 100'000U);
}

}  // namespace
}  // namespace wedgehog::recipe
