#include "recipe/complaint.hpp"

#include <gtest/gtest.h>

namespace wedgehog::recipe {
namespace {

TEST(complaint, says_where_what_and_what_was_meant) {
  complaint const one{.line = 14,
                      .column = 7,
                      .message = "'deadlne' is not a key of `run`",
                      .allowed = {"script", "deadline"},
                      .nearest = "deadline"};
  EXPECT_EQ(print(one, "x.yaml"),
            "x.yaml:14:7: 'deadlne' is not a key of `run`; did you mean 'deadline'?\n"
            "    allowed: script, deadline\n");
  EXPECT_EQ(print(complaint{.message = "empty"}, "x.yaml"), "x.yaml:1:1: empty\n");
}

TEST(complaint, counts_edits_as_a_typist_does) {
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("wedged", "wedged"), 0U);
  EXPECT_EQ(edit_distance("wegded", "wedged"), 1U);
  EXPECT_EQ(edit_distance("weged", "wedged"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(complaint, the_nearest_word_is_near_or_none) {
  std::vector<std::string> const known{"no_progress", "run", "boot", "locked-up", "power_off"};
  EXPECT_EQ(nearest_word("no-progress", known), "no_progress");
  EXPECT_EQ(nearest_word("NoProgres", known), "no_progress");
  EXPECT_EQ(nearest_word("locked_up", known), "locked-up");
  EXPECT_EQ(nearest_word("rum", known), "run");
  EXPECT_EQ(nearest_word("elephant", known), "");
  EXPECT_EQ(nearest_word("", known), "");
}

TEST(complaint, foreign_text_is_cut_and_made_harmless) {
  EXPECT_EQ(shown("a\x1b[2J\nb"), "a [2J b");
  EXPECT_EQ(shown(std::string(100, 'x')), std::string(60, 'x') + "…");
  std::string const umlauts = std::string(59, 'x') + "äää";
  EXPECT_EQ(shown(umlauts), std::string(59, 'x') + "…");
}

}  // namespace
}  // namespace wedgehog::recipe
