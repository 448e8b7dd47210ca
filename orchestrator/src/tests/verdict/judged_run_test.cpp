#include "verdict/judged_run.hpp"

#include <gtest/gtest.h>

namespace wedgehog::verdict {
namespace {

using namespace std::chrono_literals;

timeline::signal heard_at(microseconds when, timeline::payload what) {
  return {when, std::move(what)};
}

TEST(judged_run, what_the_evidence_did_to_the_guest_is_not_judged) {
  judged_run run({});
  run.observe(heard_at(1s, timeline::milestone{"steps-done", ""}));
  run.observe(heard_at(2s, timeline::milestone{"evidence-began", "passed"}));
  EXPECT_TRUE(run.ended());
  run.observe(
      heard_at(3s, timeline::console_line{"Kernel panic - not syncing: by the probe", false}));
  run.observe(heard_at(3s, timeline::milestone{"host-trouble", "disk full"}));
  auto const concluded = run.conclude();
  EXPECT_EQ(concluded.said.word, run_word::passed);
  EXPECT_FALSE(concluded.said.invalid);
  EXPECT_EQ(concluded.signature, "");
}

TEST(judged_run, the_outcome_is_in_the_timeline) {
  judged_run run({});
  run.observe(heard_at(1s, timeline::milestone{"step-failed", "step 2: exit code 1"}));
  run.observe(heard_at(2s, timeline::milestone{"host-trouble", "disk full"}));
  run.observe(heard_at(3s, timeline::milestone{"fault-never-fired", "hold-1"}));
  auto const& outcome = run.outcome();
  EXPECT_FALSE(outcome.steps_finished);
  EXPECT_EQ(outcome.failed_step, "step 2: exit code 1");
  EXPECT_EQ(outcome.host_trouble, std::vector<std::string>{"disk full"});
  EXPECT_EQ(outcome.never_fired, std::vector<std::string>{"hold-1"});
}

// libvirt takes a QEMU away whose guest was reset, and the step that talked to the guest fails.
TEST(judged_run, a_step_on_a_machine_that_has_ended_is_no_trouble_of_the_host) {
  auto const concluded_of = [](std::string reason) {
    judged_run run({});
    run.observe(heard_at(1s, timeline::machine_state{.alive = true, .run_state = "running"}));
    run.observe(heard_at(2s, timeline::qmp_event{"SHUTDOWN", R"({"reason":")" + reason + R"("})"}));
    run.observe(
        heard_at(2s, timeline::step{"3", "run dd", "failed", "line 22: the line is closed"}));
    run.observe(heard_at(2s, timeline::milestone{"host-trouble", "step 3: the line is closed"}));
    run.observe(heard_at(3s, timeline::machine_state{.alive = false, .exit_code = 0}));
    return run.conclude().said;
  };
  EXPECT_FALSE(concluded_of("guest-reset").invalid);
  EXPECT_FALSE(concluded_of("host-qmp-system-reset").invalid);
  EXPECT_TRUE(concluded_of("host-qmp-quit").invalid) << "somebody of the host ended it";
}

TEST(judged_run, a_host_that_complains_for_hours_does_not_grow_the_run) {
  judged_run run({});
  for (int i = 0; i < 10'000; ++i)
    run.observe(
        heard_at(std::chrono::seconds(i), timeline::milestone{"host-trouble", "disk full"}));
  EXPECT_LE(run.outcome().host_trouble.size(), 64U);
}

TEST(judged_run, the_judge_gets_the_budget_before_it_was_stretched) {
  plan::plan what;
  what.limits.no_progress = 40s;
  auto const granted = granted_by(what, 2);
  EXPECT_EQ(granted.no_progress, 20s);
  EXPECT_EQ(granted.time_scale, 2);
}

}  // namespace
}  // namespace wedgehog::verdict
