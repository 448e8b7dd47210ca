#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conductor/console_rules.hpp"
#include "conductor/naming.hpp"
#include "conductor/perform.hpp"
#include "conductor/rejudge.hpp"
#include "conductor/run_context.hpp"
#include "conductor/steps/steps.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

timeline::signal at(microseconds when, timeline::payload what) {
  return {when, std::move(what)};
}

// --- console rules
// ---------------------------------------------------------------------------------------------------

TEST(console_rules, the_first_that_matches_decides) {
  console_rules const rules({{"failed", "emergency page allocation failed", plan::severity::fatal},
                             {"harmless", "emergency page allocation", plan::severity::harmless}});
  auto const harmless = rules.ask("bio_page_alloc: WARNING emergency page allocation");
  ASSERT_TRUE(harmless);
  EXPECT_EQ(harmless->means, plan::severity::harmless);
  auto const fatal = rules.ask("bio_page_alloc: WARNING emergency page allocation failed");
  ASSERT_TRUE(fatal);
  EXPECT_EQ(fatal->means, plan::severity::fatal);
  EXPECT_EQ(fatal->name, "failed");
  EXPECT_FALSE(rules.ask("all is well"));
}

// --- patterns that `expect` asks about
// -------------------------------------------------------------------------------

TEST(pattern_watch, remembers_what_was_seen_at_any_depth_of_the_plan) {
  plan::plan what;
  plan::loop again;
  again.steps.push_back(
      {plan::expect{.what = plan::expect_condition::console_seen, .pattern = "hung.*task"}, 3});
  what.steps.push_back({again, 2});
  pattern_watch watch(what);
  EXPECT_FALSE(watch.seen("hung.*task"));
  watch.take(at(1s, timeline::console_line{"INFO: hung a task", false}));
  EXPECT_TRUE(watch.seen("hung.*task"));
  EXPECT_FALSE(watch.seen("never asked about"));
}

// --- judging again
// ---------------------------------------------------------------------------------------------------

TEST(rejudge, what_the_evidence_did_to_the_guest_is_not_judged) {
  timeline::timeline whole;
  whole.append(at(1s, timeline::milestone{"steps-done", ""}));
  whole.append(at(2s, timeline::milestone{"evidence-began", "passed"}));
  whole.append(at(3s, timeline::qmp_event{"STOP", "{}"}));
  EXPECT_EQ(until_evidence(whole).size(), 1U);
}

TEST(rejudge, the_outcome_is_in_the_timeline) {
  timeline::timeline whole;
  whole.append(at(1s, timeline::milestone{"step-failed", "step 2: exit code 1"}));
  whole.append(at(2s, timeline::milestone{"host-trouble", "disk full"}));
  whole.append(at(3s, timeline::milestone{"fault-never-fired", "hold-1"}));
  auto const outcome = outcome_of(whole);
  EXPECT_FALSE(outcome.steps_finished);
  EXPECT_EQ(outcome.failed_step, "step 2: exit code 1");
  EXPECT_EQ(outcome.host_trouble, std::vector<std::string>{"disk full"});
  EXPECT_EQ(outcome.never_fired, std::vector<std::string>{"hold-1"});
}

TEST(rejudge, the_judge_gets_the_budget_before_it_was_stretched) {
  plan::plan what;
  what.limits.no_progress = 40s;
  auto const granted = granted_by(what, 2);
  EXPECT_EQ(granted.no_progress, 20s);
  EXPECT_EQ(granted.time_scale, 2);
}

// --- names of failures
// -----------------------------------------------------------------------------------------------

TEST(naming, a_wedge_is_named_after_where_tasks_wait_whatever_their_pids) {
  verdict::final_verdict said;
  said.word = verdict::run_word::wedged;
  auto const task = [](std::int64_t pid) {
    return timeline::blocked_task{
        pid, "sh", 12, "D", "log_flush_wait", {"log_flush_wait", "log_write"}, false};
  };
  auto const name = signature_of(said, {}, {task(100)});
  EXPECT_THAT(name, HasSubstr("log_flush_wait"));
  EXPECT_EQ(name, signature_of(said, {}, {task(4711), task(12)}));
  said.word = verdict::run_word::passed;
  EXPECT_EQ(signature_of(said, {}, {task(100)}), "");
}

TEST(naming, a_panic_is_named_after_the_console) {
  verdict::final_verdict said;
  said.word = verdict::run_word::panicked;
  timeline::timeline whole;
  whole.append(
      at(1s, timeline::console_line{
                 "[    9.1] Kernel panic - not syncing: wedgehog_lab: panic asked for", false}));
  EXPECT_THAT(signature_of(said, whole, {}), HasSubstr("panic"));
}

// --- exit codes and expectations
// -------------------------------------------------------------------------------------

TEST(exit_codes, guest_failures_and_host_trouble_are_kept_apart) {
  using verdict::run_word;
  auto const code = [](run_word word, bool invalid = false) {
    verdict::final_verdict said;
    said.word = word;
    said.invalid = invalid;
    return exit_code_of(said);
  };
  EXPECT_EQ(code(run_word::passed), 0);
  EXPECT_EQ(code(run_word::slow), 0);
  EXPECT_EQ(code(run_word::wedged), 1);
  EXPECT_EQ(code(run_word::panicked), 1);
  EXPECT_EQ(code(run_word::failed), 1);
  EXPECT_EQ(code(run_word::unknown), 2);
  EXPECT_EQ(code(run_word::host_starved), 2);
  EXPECT_EQ(code(run_word::passed, true), 2);
  EXPECT_EQ(code(run_word::wedged, true), 2);
}

TEST(expectations, kind_counts_only_where_it_is_named) {
  verdict::final_verdict said;
  said.word = verdict::run_word::wedged;
  said.kind = verdict::kind_word::livelock;
  EXPECT_TRUE(meets(said, {.verdict = "wedged"}));
  EXPECT_TRUE(meets(said, {.verdict = "wedged", .kind = "livelock"}));
  EXPECT_FALSE(meets(said, {.verdict = "wedged", .kind = "held-io"}));
  EXPECT_FALSE(meets(said, {.verdict = "passed"}));
  said.invalid = true;
  EXPECT_FALSE(meets(said, {.verdict = "wedged"}));
  EXPECT_TRUE(meets(said, {.verdict = "invalid"}));
}

// --- from plan to machine
// --------------------------------------------------------------------------------------------

TEST(machine_spec, what_the_recipe_asks_for_reaches_the_guest) {
  plan::plan what;
  what.name = "m";
  what.guest.vcpus = 3;
  what.guest.memory = 128U << 20U;
  what.guest.kernel_arguments = {"quiet"};
  what.guest.sysctls = {{"kernel.hung_task_timeout_secs", "30"}};
  what.guest.modules = {"wedgehog_lab", "xfs"};
  what.disks = {{.name = "data", .size = 4096, .write_errors = plan::error_policy::stop}};
  vm::image image;
  image.kernel = "/k";
  auto const spec =
      machine_spec_of(what, image, vm::accelerator::tcg, "qemu", {"/run/x", "/results/x"});
  EXPECT_EQ(spec.vcpus, 3);
  EXPECT_EQ(
      spec.extra_kernel_arguments,
      "quiet wedgehog.sysctl=kernel.hung_task_timeout_secs=30 wedgehog.modules=wedgehog_lab,xfs");
  ASSERT_EQ(spec.disks.size(), 1U);
  EXPECT_EQ(spec.disks[0].write_error, vm::on_error::stop);
  EXPECT_EQ(spec.disks[0].read_error, vm::on_error::report);
  EXPECT_THAT(dry_command_line(what, image, false, "qemu"), HasSubstr("truncate -s 4096"));
}

TEST(steps, are_described_in_a_few_words) {
  EXPECT_EQ(
      describe(plan::step{plan::run{.script = "set -e\n# comment\nmkfs.ext4 /dev/x\nmount\n"}, 1}),
      "run mkfs.ext4 /dev/x …");
  EXPECT_EQ(describe(plan::step{plan::wait{.duration = 90s}, 1}), "wait 1m30s");
}

}  // namespace
}  // namespace wedgehog::conductor
