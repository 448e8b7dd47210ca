#include "tests/simulation/plans.hpp"

#include <gtest/gtest.h>

#include <set>

#include "plan/schedule.hpp"
#include "recipe/catalogue.hpp"
#include "recipe/recipe.hpp"

namespace wedgehog::simulation {
namespace {

TEST(plans, one_seed_is_one_plan) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    auto const first = draw_plan(seed);
    auto const again = draw_plan(seed);
    EXPECT_EQ(first.text, again.text);
    EXPECT_EQ(plan::to_text(first.what), plan::to_text(again.what));
  }
}

// What is added to the catalogue is drawn; a kind of value that chance cannot draw shows here.
TEST(plans, every_fault_of_the_catalogue_can_be_drawn) {
  std::set<std::string> drawn;
  for (std::uint64_t seed = 1; seed < 400; ++seed) {
    auto const made = draw_plan(seed);
    for (auto const& each : plan::planned(made.what)) drawn.insert(each.fault);
  }
  for (auto const& word : recipe::words_of(recipe::place::fault))
    EXPECT_EQ(drawn.contains(std::string(word.name)), can_be_played(word.name))
        << word.name << ": teach draw_value() in plans.cpp its parameters";
}

TEST(plans, every_step_of_the_language_is_drawn) {
  std::set<std::string_view> drawn;
  for (std::uint64_t seed = 1; seed < 400; ++seed) {
    auto const made = draw_plan(seed);
    plan::visit_steps(made.what.steps,
                      [&](plan::step const& one) { drawn.insert(plan::word_of(one)); });
  }
  for (auto const& word : recipe::words_of(recipe::place::step))
    EXPECT_TRUE(drawn.contains(word.name))
        << word.name << ": give recipe_writer::step() of plans.cpp a line for it";
}

}  // namespace
}  // namespace wedgehog::simulation
