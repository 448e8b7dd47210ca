// Whole lives of the performer, drawn from seeds: whatever the day brings, it keeps its promises.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "tests/simulation/played_seed.hpp"

namespace wedgehog::simulation {
namespace {

constexpr std::uint64_t seeds_of_one_test = 50;

class lives : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(lives, keep_their_promises) {
  for (auto seed = GetParam(); seed < GetParam() + seeds_of_one_test; ++seed) {
    auto const played = play_seed(seed);
    EXPECT_TRUE(played.broken.empty())
        << fmt::format("seed {}: {}\n  {}\n  replay: simulation_test --seed {}", seed,
                       describe(played.read.day), fmt::join(played.broken, "\n  "), seed);
  }
}
INSTANTIATE_TEST_SUITE_P(five_hundred, lives,
                         ::testing::Range<std::uint64_t>(1, 501, seeds_of_one_test));

TEST(life, is_the_same_for_the_same_seed) {
  for (std::uint64_t const seed : {3, 17, 42}) {
    auto const first = play_seed(seed);
    auto const again = play_seed(seed);
    EXPECT_GT(first.read.signals.size(), 0U);
    EXPECT_EQ(timeline::to_text(first.read.signals), timeline::to_text(again.read.signals));
    EXPECT_EQ(first.read.lived.turns, again.read.lived.turns);
  }
}

}  // namespace
}  // namespace wedgehog::simulation
