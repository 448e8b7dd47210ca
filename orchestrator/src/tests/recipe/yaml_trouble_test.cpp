// What is not YAML, most often for want of quotes: what the person is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recipe/recipe.hpp"

namespace wedgehog::recipe {
namespace {

using ::testing::HasSubstr;

std::string told(std::string const& text) {
  auto const read = parse(text, "x.yaml");
  return read.complaints.empty() ? "nothing" : print(read.complaints.front(), "x.yaml");
}

TEST(yaml_trouble, a_colon_in_a_text_wants_quotes) {
  EXPECT_EQ(told("name: x\nabout: a: b\n"),
            "x.yaml:2:9: this is not YAML: illegal map value; a ':' with a blank behind it begins "
            "a mapping; quote the text: about: 'a: b'\n");
  EXPECT_THAT(told("steps:\n  - run: echo it's: done\n"),
              HasSubstr("x.yaml:2:19: this is not YAML: illegal map value; a ':' with a blank "
                        "behind it begins a mapping; quote the text: run: 'echo it''s: done'"));
  EXPECT_THAT(told("steps:\n  - wait:\n      console: EXT4-fs: error\n"),
              HasSubstr("quote the text: console: 'EXT4-fs: error'"));
  EXPECT_THAT(told("about: why:\nname: x\n"), HasSubstr("quote the text: about: 'why:'"));
  EXPECT_THAT(told("about: a: b\r\nname: x\r\n"), HasSubstr("quote the text: about: 'a: b'"));
  EXPECT_THAT(told("x: {about: a: b}\n"), HasSubstr("needs quotes because it holds ': '"));
}

TEST(yaml_trouble, so_do_first_letters_that_mean_something) {
  for (std::string const text : {"@home", "`uname`", "%x", "*.log", "- dash", "? why", "]x"})
    EXPECT_THAT(told("about: " + text + "\n"), HasSubstr("needs quotes: about: '" + text + "'"))
        << text;
  EXPECT_THAT(told("about: 'it's over'\n"),
              HasSubstr("they go around all of it: about: '''it''s over'''"));
  EXPECT_THAT(told("about: \"a\" and b\n"), HasSubstr("go around all of it: about: '\"a\" and b'"));
  EXPECT_THAT(told("about: \"x\\q\"\n"), HasSubstr("write the text in ' '"));
}

TEST(yaml_trouble, other_slips_have_their_own_words) {
  EXPECT_THAT(told("name: x\nsteps:\n\t- run: y\n"), HasSubstr("begins with a tab"));
  EXPECT_THAT(told("name: x\n  image: y\n"), HasSubstr("indented deeper than the key above it"));
  EXPECT_THAT(told("name: x\nabout\nimage: y\n"), HasSubstr("missing in the line above"));
  EXPECT_THAT(told("a: [x, ${{ y }}, z]\n"), HasSubstr("a text with ${{ }} needs quotes"));
  EXPECT_THAT(told("a: {x: y\n"), HasSubstr("is not closed"));
}

}  // namespace
}  // namespace wedgehog::recipe
