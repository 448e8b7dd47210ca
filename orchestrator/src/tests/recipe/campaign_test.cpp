// Campaign files: what they say, and everything that is wrong with one at once.
#include "recipe/campaign.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wedgehog::recipe {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string complaints_of(std::string_view text) {
  return print(parse_campaign(text).complaints, "x");
}

TEST(campaign_file, says_what_a_night_is) {
  auto const read = parse_campaign(R"(name: nightly
about: is the new log code slower to wedge
recipes: [../smoke, ../seeds/xfs.yaml]
only: {scheduler: [none, bfq], fs: xfs}
images: [linux, linux-6.12]
seed: 7
hours: 2.5
until: {hits: 3, signature: "wedge/xfs_log", width: 4}
time: 8h
slots: 12
order: in-turn
retention: {age: 30d, per_signature: 3, bytes: 50GiB}
new_signature: stop
hook: [notify, --channel, kernel]
metrics: /var/lib/node_exporter/wedgehog.prom
)");
  ASSERT_EQ(print(read.complaints, "x"), "");
  auto const& one = read.campaign;
  EXPECT_EQ(one.name, "nightly");
  EXPECT_THAT(one.recipes, ElementsAre("../smoke", "../seeds/xfs.yaml"));
  EXPECT_THAT(one.only.at("scheduler"), ElementsAre("none", "bfq"));
  EXPECT_THAT(one.only.at("fs"), ElementsAre("xfs"));
  EXPECT_THAT(one.images, ElementsAre("linux", "linux-6.12"));
  EXPECT_EQ(one.seed, 7U);
  EXPECT_EQ(one.goal, (plan::campaign_goal{
                          .hours = 2.5, .hits = 3, .signature = "wedge/xfs_log", .width = 4}));
  EXPECT_EQ(one.time, 8h);
  EXPECT_EQ(one.slots, 12U);
  EXPECT_EQ(one.order, plan::campaign_order::in_turn);
  EXPECT_EQ(one.void_in_a_row, 5U);
  EXPECT_EQ(one.retention, (plan::campaign_retention{30 * 24h, 3, 50ULL << 30U}));
  EXPECT_EQ(one.new_signature, plan::at_new_signature::stop);
  EXPECT_THAT(one.hook, ElementsAre("notify", "--channel", "kernel"));
}

TEST(campaign_file, its_seeds_are_as_many_runs) {
  auto const read =
      parse_campaign("name: a\nrecipes: [b.yaml]\nseeds: [1, 2, 18446744073709551615]\n");
  ASSERT_EQ(print(read.complaints, "x"), "");
  EXPECT_EQ(read.campaign.goal.runs, 3U);
  EXPECT_THAT(read.campaign.seeds, ElementsAre(1U, 2U, 18446744073709551615ULL));
}

TEST(campaign_file, everything_that_is_wrong_is_said_at_once) {
  EXPECT_EQ(
      complaints_of("name: a\nrecipes: []\nruns: 0\nhour: 3\nuntil: {signature: x}\n"),
      "x:2:10: `recipes` is empty\n"
      "x:3:7: `runs` is 0; it must be a whole number from 1 to 10000000\n"
      "x:4:1: 'hour' is not a key of `campaign`; did you mean 'hours'?\n"
      "    allowed: name, about, recipes, only, images, seed, seeds, runs, hours, until, time, "
      "slots, order, void_in_a_row, retention, new_signature, hook, metrics\n"
      "x:5:8: `until` names `hits`, `width` or both\n");
  EXPECT_THAT(complaints_of("name: a\nrecipes: [b]\nseeds: [1, two]\n"),
              HasSubstr("'two' is not a seed"));
  EXPECT_THAT(complaints_of("- a\n"), HasSubstr("`campaign` needs a mapping"));
}

TEST(campaign_file, one_that_would_never_end_is_wrong) {
  EXPECT_EQ(complaints_of("name: a\nrecipes: [b.yaml]\n"),
            "x:1:1: this campaign would never end; give `runs`, `hours`, `until`, `seeds` or "
            "`time`\n");
}

TEST(campaign_file, is_told_from_a_recipe) {
  EXPECT_TRUE(looks_like_campaign("name: a\nrecipes: [b.yaml]\n"));
  EXPECT_FALSE(looks_like_campaign("name: a\nimage: linux\nsteps: [reset]\n"));
  EXPECT_FALSE(looks_like_campaign("recipes"));
  EXPECT_FALSE(looks_like_campaign("{"));
}

}  // namespace
}  // namespace wedgehog::recipe
