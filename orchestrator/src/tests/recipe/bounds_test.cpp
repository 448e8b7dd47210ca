// Files that no person wrote: each must be refused quickly, with a complaint.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recipe/recipe.hpp"

namespace wedgehog::recipe {
namespace {

using testing::HasSubstr;

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

TEST(bounds, nothing_at_all) {
  for (auto const* text : {"", "\n\n", "# only a comment\n", "---\n", "~", "[]", "{}", "word"})
    EXPECT_NE(first_complaint(text), "none") << text;
}

TEST(bounds, more_mistakes_than_anybody_reads) {
  std::string text = "name: x\n";
  for (int i = 0; i < 5000; ++i) text += fmt::format("wrong{}: x\n", i);
  EXPECT_EQ(parse(text, "x.yaml").complaints.size(), 200U);
}

TEST(bounds, too_many_combinations) {
  std::string text = "name: x\nvariants:\n";
  for (char const name : {'a', 'b', 'c'}) {
    text += fmt::format("  {}: [", name);
    for (int i = 0; i < 10; ++i) text += fmt::format("{}v{}", i == 0 ? "" : ", ", i);
    text += "]\n";
  }
  EXPECT_THAT(first_complaint(text + "image: linux\nsteps: [run: 'true']\n"),
              HasSubstr("more than 256 combinations"));
}

}  // namespace
}  // namespace wedgehog::recipe
