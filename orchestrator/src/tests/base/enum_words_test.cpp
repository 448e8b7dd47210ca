#include "base/enum_words.hpp"

#include <gtest/gtest.h>

#include "../pinned_words.hpp"
#include "base/described.hpp"
#include "base/error.hpp"

namespace wedgehog {
namespace {

enum class colour { dark_red, auto_, blue };
BOOST_DESCRIBE_ENUM(colour, dark_red, auto_, blue)

struct brush {
  colour what = colour::blue;
  bool operator==(brush const&) const = default;
};
BOOST_DESCRIBE_STRUCT(brush, (), (what))

static_assert(name_of(colour::dark_red) == "dark-red");

TEST(enum_words, underscores_are_hyphens_and_the_last_one_is_nothing) {
  EXPECT_EQ(pinned<colour>(), "dark-red auto blue");
  colour read = colour::blue;
  for (auto const* none : {"", "dark_red", "auto_", "red", "Blue"})
    EXPECT_FALSE(parse_name(none, read)) << none;
  EXPECT_EQ(read, colour::blue);
  EXPECT_EQ(joined_words<colour>(", "), "dark-red, auto, blue");
}

TEST(enum_words, are_what_json_holds) {
  EXPECT_EQ(json::serialize(to_json(brush{colour::auto_})), R"({"what":"auto"})");
  brush read;
  EXPECT_TRUE(from_json(json::parse(R"({"what":"dark-red"})"), read));
  EXPECT_EQ(read.what, colour::dark_red);
  EXPECT_TRUE(from_json(json::parse(R"({"what":"green"})"), read));
  EXPECT_EQ(read.what, colour::dark_red);
}

TEST(enum_words, of_blame_are_those_that_were_released) {
  EXPECT_EQ(pinned<blame>(), "recipe guest host");
}

}  // namespace
}  // namespace wedgehog
