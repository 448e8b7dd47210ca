#include "verdict/run_verdict.hpp"

#include <gtest/gtest.h>

#include "tests/verdict/scene_changes.hpp"

namespace wedgehog::verdict {
namespace {

budgets twenty() {
  budgets granted;
  granted.no_progress = std::chrono::seconds(20);
  return granted;
}

final_verdict of(scene const& guest, run_outcome const& outcome) {
  return verdict_of_run(guest.signals, twenty(), outcome);
}

TEST(run_verdict, a_run_that_finished_its_steps_passed) {
  scene guest;
  guest.play(60);
  EXPECT_EQ(of(guest, finished()).word, run_word::passed);
}

TEST(run_verdict, our_own_quit_is_no_finding) {
  scene guest;
  guest.play(60);
  guest.add(timeline::milestone{"machine-stopping", ""});
  guest.now.alive = false;
  guest.now.operations = 0;
  guest.play(60);
  EXPECT_EQ(of(guest, finished()).word, run_word::passed);
}

TEST(run_verdict, a_run_that_was_slow_most_of_the_time_is_slow) {
  scene guest;
  guest.play(20);
  guest.now.operations = 1;
  guest.now.disks[0] = {.completes = 10, .in_flight = 17, .oldest_s = 3};
  guest.play(100);
  EXPECT_EQ(of(guest, finished()).word, run_word::slow);
}

// Whoever boots, formats and checks for two minutes is no faster for it.
TEST(run_verdict, only_time_in_which_something_worked_can_be_slow) {
  scene guest;
  guest.now.works = false;
  guest.play(120);
  guest.now.works = true;
  guest.play(20);
  guest.now.operations = 1;
  guest.now.disks[0] = {.completes = 10, .in_flight = 17, .oldest_s = 3};
  guest.play(60);
  EXPECT_EQ(of(guest, finished()).word, run_word::slow);
}

TEST(run_verdict, failed_steps_and_unmet_expectations_fail) {
  scene guest;
  guest.play(60);
  auto outcome = finished();
  outcome.failed_step = "3 'run fsck': exit code 4";
  EXPECT_EQ(of(guest, outcome).word, run_word::failed);
  outcome = finished();
  outcome.unmet = {"files are intact"};
  auto const said = of(guest, outcome);
  EXPECT_EQ(said.word, run_word::failed);
  EXPECT_NE(said.because.front().find("files are intact"), std::string::npos);
}

TEST(run_verdict, a_wedge_is_a_wedge_whatever_came_of_the_steps) {
  scene guest;
  guest.play(15);
  wedge(guest);
  guest.play(40);
  auto const said = of(guest, {});
  EXPECT_EQ(said.word, run_word::wedged);
  EXPECT_EQ(said.kind, kind_word::software_wait);
  EXPECT_GE(said.since, std::chrono::seconds(34));
  EXPECT_FALSE(said.because.empty());
}

// What is found out when a budget is used up began with the last progress.
TEST(run_verdict, a_wedge_began_when_the_guest_last_made_progress) {
  scene guest;
  guest.play(15);
  wedge(guest);
  guest.play(40);
  auto const said = of(guest, {});
  ASSERT_EQ(said.word, run_word::wedged);
  EXPECT_NEAR(in_seconds(said.began), 15, 1.5);
  EXPECT_NEAR(said.lasted_s, 40, 1.5);
}

TEST(run_verdict, a_lock_up_began_when_the_guest_last_made_progress) {
  scene guest;
  guest.play(15);
  guest.now.operations = guest.now.reports = 0;
  guest.now.kernel_beats = guest.now.workqueue_beats = false;
  guest.now.fifo_beats = guest.now.ordinary_beats = guest.now.observed = false;
  guest.now.canaries = 0;
  for (auto& cpu : guest.now.cpus)
    cpu = {.share = 1, .halted = false, .interrupts_on = false, .awake_every = 1};
  guest.play(60);
  auto const said = of(guest, {});
  ASSERT_EQ(said.word, run_word::locked_up);
  EXPECT_NEAR(said.lasted_s, 60, 1.5);
}

TEST(run_verdict, a_panic_began_when_it_was_said) {
  scene guest;
  guest.play(30);
  guest.add(timeline::console_class{"panic", 1});
  guest.play(10);
  auto const said = of(guest, {});
  ASSERT_EQ(said.word, run_word::panicked);
  EXPECT_NEAR(said.lasted_s, 10, 1.5);
}

// As a watchdog does that makes a panic of tasks that hang.
TEST(run_verdict, a_panic_after_a_stall_began_with_the_stall) {
  scene guest;
  guest.play(15);
  wedge(guest);
  guest.play(15);
  guest.add(timeline::console_class{"panic", 1});
  guest.play(5);
  auto const said = of(guest, {});
  ASSERT_EQ(said.word, run_word::panicked);
  EXPECT_NEAR(said.lasted_s, 20, 1.5);
}

TEST(run_verdict, a_stall_that_a_fault_of_ours_explains_is_no_failure_yet) {
  scene guest;
  guest.play(15);
  wedge(guest);
  guest.add(timeline::fault{.name = "stuck", .kind = "hold", .action = "injected"});
  guest.now.disks[0] = {.completes = 0, .in_flight = 4, .held = 4, .held_by = "stuck"};
  guest.play(15);
  guest.add(timeline::console_class{"panic", 1});
  guest.play(5);
  auto const said = of(guest, {});
  ASSERT_EQ(said.word, run_word::panicked);
  EXPECT_NEAR(said.lasted_s, 5, 1.5);
}

TEST(run_verdict, a_step_that_failed_did_so_when_it_said_so) {
  scene guest;
  guest.play(30);
  guest.add(timeline::step{.path = "3", .what = "run fsck", .phase = "failed"});
  guest.play(12);
  run_outcome outcome;
  outcome.failed_step = "3 'run fsck': exit code 4";
  auto const said = of(guest, outcome);
  ASSERT_EQ(said.word, run_word::failed);
  EXPECT_NEAR(said.lasted_s, 12, 1.5);
}

TEST(run_verdict, time_in_which_the_host_held_the_guest_is_no_time_of_its_failure) {
  scene guest;
  guest.play(15);
  wedge(guest);
  guest.play(10);
  guest.now.run_state = "paused";
  guest.play(100);
  guest.now.run_state = "running";
  guest.play(30);
  auto const said = of(guest, {});
  ASSERT_EQ(said.word, run_word::wedged);
  EXPECT_NEAR(said.lasted_s, 40, 3);
}

// As QEMU does that keeps a guest that panicked.
TEST(run_verdict, a_guest_that_is_paused_after_its_failure_has_failed_meanwhile) {
  scene guest;
  guest.play(15);
  guest.add(timeline::console_class{"panic", 1});
  guest.now.run_state = "paused";
  guest.play(30);
  auto const said = of(guest, {});
  ASSERT_EQ(said.word, run_word::panicked);
  EXPECT_NEAR(said.lasted_s, 30, 1.5);
}

TEST(run_verdict, steps_that_never_finished_without_a_reason_are_unknown) {
  scene guest;
  guest.play(60);
  EXPECT_EQ(of(guest, {}).word, run_word::unknown);
  wedge(guest);
  guest.play(15);  // suspect: the budget is not used up
  EXPECT_EQ(of(guest, {}).word, run_word::unknown);
}

TEST(run_verdict, a_fault_that_never_fired_is_invalid_and_hides_no_finding) {
  scene guest;
  guest.play(60);
  auto outcome = finished();
  outcome.never_fired = {"hold-1"};
  auto said = of(guest, outcome);
  EXPECT_EQ(said.word, run_word::invalid);
  EXPECT_TRUE(said.invalid);
  guest.add(timeline::console_class{"panic", 1});
  guest.play(3);
  said = of(guest, outcome);
  EXPECT_EQ(said.word, run_word::panicked);
  EXPECT_TRUE(said.invalid);
}

TEST(run_verdict, what_the_host_did_is_invalid) {
  scene guest;
  guest.play(30);
  guest.now.process_state = "T";
  guest.now.run_state = "";
  guest.now.operations = guest.now.reports = 0;
  guest.now.kernel_beats = guest.now.workqueue_beats = false;
  guest.now.fifo_beats = guest.now.ordinary_beats = guest.now.observed = false;
  guest.now.canaries = 0;
  guest.play(60);
  auto const said = of(guest, {});
  EXPECT_EQ(said.word, run_word::host_stopped);
  EXPECT_TRUE(said.invalid);
  // A promised fault that never fired spoils such a run too, and no recipe may expect that away.
  run_outcome outcome;
  outcome.never_fired = {"hold-1"};
  EXPECT_EQ(of(guest, outcome).word, run_word::invalid);
}

// A hold of our own that outlasts the budget, healed afterwards: the guest did nothing wrong.
TEST(run_verdict, a_wedge_of_our_own_making_that_healed_is_forgiven) {
  scene guest;
  guest.play(15);
  auto const before = guest.now;
  guest.now.operations = 0;
  guest.now.disks[0] = {.completes = 0,
                        .in_flight = 1,
                        .busy_every = 0,
                        .ages = true,
                        .held = 1,
                        .held_by = "hold-1"};
  guest.play(60);
  EXPECT_TRUE(guest.ever(state_word::wedged));
  auto const held = of(guest, {});
  EXPECT_EQ(held.word, run_word::wedged);
  EXPECT_EQ(held.explained_by, "hold-1");
  guest.now = before;
  guest.play(30);
  EXPECT_EQ(of(guest, finished()).word, run_word::passed);
}

TEST(run_verdict, an_empty_timeline_is_unknown) {
  EXPECT_EQ(verdict_of_run({}, twenty(), {}).word, run_word::unknown);
}

// On a host with hundreds of guests, seen: the agent was asked for a workload, and had no time to
// answer. What a script says of itself is another matter.
TEST(run_verdict, a_step_that_a_starved_guest_did_not_answer_is_the_hosts_failure) {
  for (auto const& [why, word] :
       {std::pair("the guest's agent did not answer within 30.0 s", run_word::host_starved),
        std::pair("exit code 4", run_word::failed)}) {
    scene guest;
    guest.now.works = false;
    guest.now.cpus = {{}};
    guest.play(15);
    guest.now.cpus = {{.share = 0.005, .halted = false, .waited = 0.95}};
    guest.play(20);
    guest.add(timeline::step{"1", "run it", "failed", why});
    guest.now.cpus_seen = false;  // it is over: whoever looks at them ends first
    guest.play(20);
    run_outcome outcome;
    outcome.failed_step = std::string("step 1 (run it): ") + why;
    auto const said = of(guest, outcome);
    EXPECT_EQ(said.word, word) << why << " " << guest.reasons();
    EXPECT_EQ(said.invalid, word == run_word::host_starved);
    EXPECT_NE(said.because.back().find(why), std::string::npos);
  }
}

}  // namespace
}  // namespace wedgehog::verdict
