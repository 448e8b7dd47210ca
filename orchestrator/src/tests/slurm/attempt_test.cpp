// Which attempt of a task is its run, and when it is dead: whole nights as values.
#include "farm/slurm/attempt.hpp"

#include <gtest/gtest.h>

namespace wedgehog::farm::slurm {
namespace {

using namespace std::chrono_literals;
using act = task_watch::act;

constexpr patience terms{
    .lease = 300s, .settle = 65s, .hang = 900s, .leave = 15s, .evidence = 600s};

attempt growing(int restarts, std::uint64_t written) {
  return {.restarts = restarts, .begun = true, .written = written};
}
attempt sealed(int restarts, bool interrupted = false) {
  return {.restarts = restarts,
          .begun = true,
          .sealed = true,
          .interrupted = interrupted,
          .written = 1000};
}

TEST(attempts, a_sealed_folder_is_the_run_whatever_slurm_says) {
  for (auto const phase : {task_phase::ended, task_phase::lost}) {
    task_watch one(terms);
    one.saw(0s, {sealed(0)});
    one.listed(0s, phase);
    EXPECT_EQ(one.next(0s).what, act::report);
  }
  task_watch unknown(terms);
  unknown.saw(0s, {sealed(0)});
  EXPECT_EQ(unknown.next(0s).what, act::report) << "Slurm could not be asked";
}

TEST(attempts, a_task_that_does_not_leave_after_its_run_is_ended) {
  task_watch one(terms);
  one.listed(0s, task_phase::running);
  one.saw(0s, {sealed(0)});
  EXPECT_EQ(one.next(14s).what, act::wait) << "its process is about to end";
  ASSERT_EQ(one.next(15s).what, act::cancel);
  one.cancelled(15s);
  EXPECT_EQ(one.next(15s).what, act::report);

  task_watch forgotten(terms);
  forgotten.saw(0s, {sealed(0)});
  forgotten.listed(0s, task_phase::waiting);
  EXPECT_EQ(forgotten.next(0s).what, act::cancel) << "a controller would begin it a second time";
}

TEST(attempts, what_was_preempted_is_no_run_while_slurm_begins_it_anew) {
  task_watch one(terms);
  one.saw(0s, {sealed(0, true)});
  one.listed(0s, task_phase::waiting);
  EXPECT_EQ(one.next(1000s).what, act::wait);
  one.saw(2000s, {sealed(0, true), sealed(1)});
  one.listed(2000s, task_phase::ended);
  auto const step = one.next(2000s);
  EXPECT_EQ(step.what, act::report);
  EXPECT_EQ(step.restarts, 1);
}

TEST(attempts, what_was_stopped_is_reported_when_slurm_is_done_with_it) {
  task_watch one(terms);
  one.saw(0s, {sealed(0, true)});
  one.listed(0s, task_phase::running);
  EXPECT_EQ(one.next(1s).what, act::wait);
  one.listed(2s, task_phase::lost);
  EXPECT_EQ(one.next(2s).what, act::report);
}

TEST(attempts, one_that_grows_lives_although_slurm_has_lost_it) {
  task_watch one(terms);
  one.listed(0s, task_phase::lost);
  for (int i = 0; i < 3600; i += 60) {
    one.saw(std::chrono::seconds(i), {growing(0, static_cast<std::uint64_t>(i))});
    EXPECT_EQ(one.next(std::chrono::seconds(i)).what, act::wait);
  }
  one.saw(3600s, {sealed(0)});
  EXPECT_EQ(one.next(3600s).what, act::report) << "a node that was silent for an hour";
}

TEST(attempts, one_that_slurm_lost_is_closed_after_its_lease_and_not_before) {
  task_watch one(terms);
  one.saw(0s, {growing(0, 10)});
  one.listed(0s, task_phase::running);
  one.listed(100s, std::nullopt);
  one.saw(399s, {growing(0, 10)});
  EXPECT_EQ(one.next(399s).what, act::wait);
  EXPECT_EQ(one.next(400s).what, act::close);
  one.saw(401s, {sealed(0, true)});
  EXPECT_EQ(one.next(401s).what, act::report) << "closed in its stead";
}

TEST(attempts, one_whose_end_its_node_saw_is_closed_soon) {
  task_watch one(terms);
  one.saw(0s, {growing(0, 10)});
  one.listed(0s, task_phase::running);
  one.listed(10s, task_phase::ended);
  EXPECT_EQ(one.next(74s).what, act::wait) << "a network file system shows the seal late";
  EXPECT_EQ(one.next(75s).what, act::close);
}

TEST(attempts, one_that_was_cancelled_before_it_began_is_closed_at_once) {
  task_watch one(terms);
  one.saw(0s, {attempt{}});
  one.listed(0s, task_phase::lost);
  EXPECT_EQ(one.next(0s).what, act::close);
}

TEST(attempts, of_two_copies_the_first_that_is_sealed_counts_and_the_other_is_ended) {
  task_watch one(terms);
  one.saw(0s, {growing(0, 10), growing(1, 10)});
  one.listed(0s, task_phase::running);
  EXPECT_EQ(one.next(1s).what, act::wait);
  one.saw(10s, {sealed(0), growing(1, 20)});
  ASSERT_EQ(one.next(10s).what, act::cancel);
  one.cancelled(10s);
  EXPECT_EQ(one.next(11s).what, act::wait) << "until the other has kept what it has";
  one.saw(12s, {sealed(0), sealed(1)});
  one.listed(12s, task_phase::ended);
  auto const step = one.next(12s);
  EXPECT_EQ(step.what, act::report);
  EXPECT_EQ(step.restarts, 0) << "not the later one, though it is whole, too";
}

TEST(attempts, a_silent_copy_is_closed_after_its_lease_and_one_that_plays_on_is_left_alone) {
  task_watch one(terms);
  one.saw(0s, {growing(0, 10), growing(1, 10)});
  one.listed(0s, task_phase::running);
  one.saw(300s, {growing(0, 10), growing(1, 20)});
  auto const dead = one.next(300s);
  EXPECT_EQ(dead.what, act::close);
  EXPECT_EQ(dead.restarts, 0);

  task_watch other(terms);
  other.listed(0s, task_phase::ended);
  for (int i = 0; i < 600; i += 30)
    other.saw(std::chrono::seconds(i), {growing(0, static_cast<std::uint64_t>(i)), sealed(1)});
  EXPECT_EQ(other.next(599s).what, act::wait);
  auto const run = other.next(600s);
  EXPECT_EQ(run.what, act::report);
  EXPECT_EQ(run.restarts, 1);
}

TEST(attempts, one_that_hangs_on_a_living_node_is_cancelled) {
  task_watch one(terms);
  one.saw(0s, {growing(0, 10)});
  one.listed(0s, task_phase::running);
  EXPECT_EQ(one.next(899s).what, act::wait);
  EXPECT_EQ(one.next(900s).what, act::cancel);
  one.cancelled(900s);
  EXPECT_EQ(one.next(901s).what, act::wait) << "it is not asked for again at each look";
}

TEST(attempts, time_that_the_supervisor_slept_counts_for_nobody) {
  task_watch one(terms);
  one.saw(0s, {growing(0, 10)});
  one.listed(0s, task_phase::lost);
  one.slept(7200s);
  EXPECT_EQ(one.next(7200s).what, act::wait);
  EXPECT_EQ(one.next(7500s).what, act::close);
}

TEST(attempts, with_a_controller_that_is_down_nothing_is_lost) {
  task_watch one(terms);
  one.saw(0s, {growing(0, 10)});
  one.listed(0s, task_phase::running);
  one.saw(800s, {growing(0, 10)});
  EXPECT_EQ(one.next(800s).what, act::wait) << "what was seen last holds";
}

}  // namespace
}  // namespace wedgehog::farm::slurm
