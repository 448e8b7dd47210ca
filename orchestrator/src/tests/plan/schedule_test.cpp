// When scheduled faults come, from the plan and its seed alone.
#include "plan/schedule.hpp"

#include <gtest/gtest.h>

namespace wedgehog::plan {
namespace {

using namespace std::chrono_literals;

std::vector<occasion> first(scheduled_fault const& what, std::size_t most, std::uint64_t seed = 1) {
  occasions all(what, seed);
  std::vector<occasion> some;
  while (some.size() < most) {
    auto one = all.next();
    if (!one) break;
    some.push_back(*one);
  }
  return some;
}

scheduled_fault named(std::string name) {
  scheduled_fault what;
  what.what.as = std::move(name);
  return what;
}

TEST(occasions, one_without_any_repetition) {
  auto what = named("a");
  what.after = 30s;
  what.lasts = 10s;
  EXPECT_EQ(first(what, 5), (std::vector<occasion>{{1, 30s, microseconds(10s)}}));
}

TEST(occasions, repeat_by_the_clock_for_ever_or_so_often) {
  auto what = named("a");
  what.after = 5s;
  what.every = 60s;
  auto const some = first(what, 1000);
  ASSERT_EQ(some.size(), 1000U);
  EXPECT_EQ(some[999].after, 5s + 999 * 60s);
  EXPECT_EQ(some[999].number, 1000U);
  what.times = 3;
  EXPECT_EQ(first(what, 1000).size(), 3U);
}

TEST(occasions, jitter_does_not_add_up) {
  auto what = named("a");
  what.every = 60s;
  what.jitter = 10s;
  microseconds least = 10s, most = 0s;
  for (auto const& one : first(what, 1000)) {
    auto const late = one.after - 60s * static_cast<int>(one.number - 1);
    least = std::min<microseconds>(least, late);
    most = std::max<microseconds>(most, late);
  }
  EXPECT_GE(least, 0s);
  EXPECT_LT(least, 1s);
  EXPECT_GT(most, 9s);
  EXPECT_LT(most, 10s);
}

TEST(occasions, random_moments_are_in_order_within_their_time_and_do_not_overlap) {
  auto what = named("a");
  what.after = 10s;
  what.within = 60s;
  what.times = 20;
  what.lasts = 2s;
  auto const some = first(what, 100);
  ASSERT_EQ(some.size(), 20U);
  EXPECT_GE(some.front().after, 10s);
  for (std::size_t i = 1; i < some.size(); ++i)
    EXPECT_GE(some[i].after, some[i - 1].after + 2s) << i;
  what.lasts.reset();
  EXPECT_LT(first(what, 100).back().after, 70s);
  what.times.reset();
  EXPECT_EQ(first(what, 100).size(), 1U);
}

TEST(occasions, chance_comes_from_the_seed_and_the_name) {
  auto what = named("a");
  what.within = 1h;
  what.times = 10;
  EXPECT_EQ(first(what, 10, 7), first(what, 10, 7));
  EXPECT_NE(first(what, 10, 7), first(what, 10, 8));
  auto const other = [&] {
    auto copy = what;
    copy.what.as = "b";
    return copy;
  }();
  EXPECT_NE(first(what, 10, 7), first(other, 10, 7));
}

TEST(steps_by_name, are_found_at_any_depth) {
  step const leaf{run{.script = "a"}, 0, "leaf"};
  step const other{run{.script = "b"}};
  step const round{loop{.times = 2, .duration = {}, .until = {}, .steps = {other, leaf}}};
  step const groups{parallel{{{other}, {other, round}}}, 0, "both"};
  std::vector<step> const all{other, groups};
  EXPECT_EQ(path_of(all, "leaf"), "2.b.2.2");
  EXPECT_EQ(path_of(all, "both"), "2");
  EXPECT_EQ(path_of(all, "2.b.2.1"), "2.b.2.1");
  EXPECT_EQ(path_of(all, "2.c.1"), "");
  EXPECT_EQ(path_of(all, ""), "");
  EXPECT_EQ(labels_of(all), (std::vector<std::string>{"both", "leaf"}));
  EXPECT_EQ(without_rounds("2.b.2.r17.2"), "2.b.2.2");
  EXPECT_EQ(without_rounds("3"), "3");
  EXPECT_EQ(without_rounds("4.r.1"), "4.r.1");  // the 18th group
}

TEST(step_places, those_of_after_boot_have_their_own) {
  plan what;
  what.after_boot = {{.what = run{.script = "mount"}, .label = "mounted"}, {.what = run{}}};
  what.steps = {{.what = loop{.times = 2, .steps = {{.what = run{}, .label = "inner"}}}}};
  EXPECT_EQ(path_of(what, "mounted"), "after_boot.1");
  EXPECT_EQ(path_of(what, "after_boot.2"), "after_boot.2");
  EXPECT_EQ(path_of(what, "after_boot.3"), "");
  EXPECT_EQ(path_of(what, "inner"), "1.1");
  EXPECT_EQ(labels_of(what), (std::vector<std::string>{"mounted", "inner"}));
}

TEST(step_places, a_step_that_failed_is_known_by_label_and_path_in_every_round) {
  plan what;
  what.after_boot = {{.what = run{}, .label = "mounted"}};
  what.steps = {{.what = run{}},
                {.what = loop{.times = 20, .steps = {{.what = run{}, .label = "inner"}}}},
                {.what = run{}}};
  EXPECT_TRUE(is_step(what, "2.r13.1", "inner"));
  EXPECT_TRUE(is_step(what, "2.r13.1", "2.1"));
  EXPECT_TRUE(is_step(what, "2.r13.1", "2"));  // with a step inside of it the loop has failed
  EXPECT_TRUE(is_step(what, "after_boot.1", "mounted"));
  EXPECT_FALSE(is_step(what, "2", "inner"));
  EXPECT_FALSE(is_step(what, "3", "2"));
  EXPECT_FALSE(is_step(what, "20", "2"));
  EXPECT_FALSE(is_step(what, "1", "absent"));
  EXPECT_FALSE(is_step(what, "", "1"));
}

}  // namespace
}  // namespace wedgehog::plan
