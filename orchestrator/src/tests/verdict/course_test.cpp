// What a person is told about a run: who said what, from when until when.
#include "verdict/course.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/verdict/scene.hpp"
#include "verdict/run_verdict.hpp"

namespace wedgehog::verdict {
namespace {

course told_of(scene const& guest) {
  budgets granted;
  granted.no_progress = std::chrono::seconds(20);
  course told;
  running_verdict running(granted, &told);
  for (auto const& one : guest.signals.signals()) running.observe(one);
  (void)running.conclude({});
  return told;
}

TEST(course, shows_the_states_in_their_order_and_who_named_them) {
  scene guest;
  guest.play(15);
  guest.now.operations = 0;
  guest.now.disks[0] = {.completes = 0, .busy_every = 0};
  guest.now.blocked = {{1, "writer", {"mutex_lock"}, 5, 0}};
  guest.play(40);
  auto const told = told_of(guest);
  std::vector<std::string> said;
  for (auto const& one : told.states()) said.push_back(one.said);
  EXPECT_EQ(said, (std::vector<std::string>{"ok", "suspect", "wedged/software-wait"}));
  auto const& last = told.states().back();
  EXPECT_EQ(last.detector, "blocked_tasks");
  EXPECT_GT(last.counted, 0U) << "confirmed";
  EXPECT_GE(last.began, std::chrono::seconds(34));
  EXPECT_GE(last.until, std::chrono::seconds(54));
  EXPECT_NE(last.first_because, last.last_because) << "the numbers grow";
}

TEST(course, keeps_opinions_that_were_not_believed) {
  scene guest;
  guest.play(15);
  guest.now.operations = 0;
  guest.now.disks[0] = {.completes = 0, .busy_every = 0};
  guest.now.blocked = {{1, "writer", {"mutex_lock"}, 5, 0}};
  guest.play(40);
  auto const told = told_of(guest);
  auto const waiting = std::find_if(told.opinions().begin(), told.opinions().end(),
                                    [](auto const& one) { return one.detector == "waiting"; });
  ASSERT_NE(waiting, told.opinions().end());
  EXPECT_EQ(waiting->said, "suspect");
  EXPECT_GT(waiting->counted, 0U) << "believed while nobody knew better";
  EXPECT_GT(waiting->looks, waiting->counted) << "and not any more afterwards";
}

TEST(course, of_hours_stays_short_and_keeps_both_ends) {
  course told;
  for (int i = 0; i < 2'000; ++i) {
    judgement said;
    said.at = std::chrono::seconds(i);
    said.state = i % 2 == 0 ? state_word::ok : state_word::suspect;
    told.hear(said, {});
  }
  EXPECT_LE(told.states().size(), course::most_stretches);
  EXPECT_EQ(told.states().front().began, std::chrono::seconds(0));
  EXPECT_EQ(told.states().back().until, std::chrono::seconds(1'999));
  EXPECT_EQ(told.left_out() + told.states().size(), 2'000U);
}

}  // namespace
}  // namespace wedgehog::verdict
