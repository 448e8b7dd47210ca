// What is said when a campaign goes on with something else than it was begun with.
#include "cli/campaign_inputs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wedgehog::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

campaign_inputs const begun{.sums = {{"image linux", "vmlinuz sha256:00"},
                                     {"recipe a.yaml", "11"},
                                     {"recipe b.yaml", "22"}},
                            .file = "name: night\n"};

TEST(campaign_inputs, that_are_the_same_need_no_word) {
  EXPECT_THAT(changes_of(begun, begun), IsEmpty());
}

TEST(campaign_inputs, that_are_others_are_each_named) {
  auto now = begun;
  now.sums["image linux"] = "vmlinuz sha256:01";
  EXPECT_THAT(changes_of(begun, now), ElementsAre("image linux has changed"));
  now.sums["recipe a.yaml"] = "12";
  EXPECT_THAT(changes_of(begun, now),
              ElementsAre("image linux has changed", "recipe a.yaml has changed"));
}

TEST(campaign_inputs, that_came_or_went_are_named) {
  auto now = begun;
  now.sums.erase("recipe b.yaml");
  now.sums["image plan9"] = "x";
  now.file += "runs: 3\n";
  EXPECT_THAT(changes_of(begun, now),
              ElementsAre("recipe b.yaml is not part of it any more", "image plan9 is new",
                          "the campaign file has changed"));
}

}  // namespace
}  // namespace wedgehog::cli
