#include "experiment/goal.hpp"

#include <gtest/gtest.h>

namespace wedgehog::experiment {
namespace {

TEST(Goal, WithoutAnyItIsNeverReached) {
  EXPECT_FALSE(goal_reached({}, {.hits = 1000, .hours = 1e9, .done = 1'000'000}));
}

TEST(Goal, AnyOfThemIsEnough) {
  cell_state const cell{.hits = 3, .hours = 12, .done = 40};
  EXPECT_TRUE(goal_reached({.runs = 40}, cell));
  EXPECT_FALSE(goal_reached({.runs = 41}, cell));
  EXPECT_TRUE(goal_reached({.hours = 12}, cell));
  EXPECT_FALSE(goal_reached({.hours = 12.5}, cell));
  EXPECT_TRUE(goal_reached({.hits = 3}, cell));
  EXPECT_FALSE(goal_reached({.hits = 4}, cell));
  EXPECT_TRUE(goal_reached({.runs = 1000, .hours = 1000, .hits = 2}, cell));
}

TEST(Goal, ARateKnownWellEnough) {
  // 5 hits: 0.000406 to 0.002917 per hour in 4000 hours, a factor of 7.19.
  cell_state const cell{.hits = 5, .hours = 4000};
  EXPECT_TRUE(goal_reached({.width = 7.2}, cell));
  EXPECT_FALSE(goal_reached({.width = 7.1}, cell));
}

TEST(Goal, NoWidthIsReachedWithoutAHit) {
  EXPECT_FALSE(goal_reached({.width = 1e9}, {.hours = 1e6}));
  EXPECT_FALSE(goal_reached({.width = 1e9}, {.hits = 5}));
}

}  // namespace
}  // namespace wedgehog::experiment
