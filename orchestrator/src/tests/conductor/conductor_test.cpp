#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conductor/console_rules.hpp"
#include "conductor/expectation.hpp"
#include "conductor/naming.hpp"
#include "conductor/perform.hpp"
#include "conductor/planned_machine.hpp"
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
  judged_run run({});
  run.observe(at(1s, timeline::milestone{"steps-done", ""}));
  run.observe(at(2s, timeline::milestone{"evidence-began", "passed"}));
  EXPECT_TRUE(run.ended());
  run.observe(at(3s, timeline::console_line{"Kernel panic - not syncing: by the probe", false}));
  run.observe(at(3s, timeline::milestone{"host-trouble", "disk full"}));
  auto const concluded = run.conclude();
  EXPECT_EQ(concluded.said.word, verdict::run_word::passed);
  EXPECT_FALSE(concluded.said.invalid);
  EXPECT_EQ(concluded.signature, "");
}

TEST(rejudge, the_outcome_is_in_the_timeline) {
  judged_run run({});
  run.observe(at(1s, timeline::milestone{"step-failed", "step 2: exit code 1"}));
  run.observe(at(2s, timeline::milestone{"host-trouble", "disk full"}));
  run.observe(at(3s, timeline::milestone{"fault-never-fired", "hold-1"}));
  auto const& outcome = run.outcome();
  EXPECT_FALSE(outcome.steps_finished);
  EXPECT_EQ(outcome.failed_step, "step 2: exit code 1");
  EXPECT_EQ(outcome.host_trouble, std::vector<std::string>{"disk full"});
  EXPECT_EQ(outcome.never_fired, std::vector<std::string>{"hold-1"});
}

TEST(rejudge, a_host_that_complains_for_hours_does_not_grow_the_run) {
  judged_run run({});
  for (int i = 0; i < 10'000; ++i)
    run.observe(at(std::chrono::seconds(i), timeline::milestone{"host-trouble", "disk full"}));
  EXPECT_LE(run.outcome().host_trouble.size(), 64U);
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

std::string name_after(std::vector<timeline::payload> const& seen, verdict::run_word word,
                       std::vector<verdict::flag_word> flags = {}) {
  failure_names names;
  for (auto const& one : seen) names.observe(at(1s, one));
  verdict::final_verdict said;
  said.word = word;
  said.flags = std::move(flags);
  return names.name_for(said);
}

timeline::guest with_blocked(std::vector<std::int64_t> const& pids) {
  timeline::guest seen;
  for (auto const pid : pids)
    seen.blocked.push_back(
        {pid, "sh", 12, "D", "log_flush_wait", {"log_flush_wait", "log_write"}, false});
  return seen;
}

TEST(naming, a_wedge_is_named_after_where_tasks_wait_whatever_their_pids) {
  using verdict::run_word;
  auto const name = name_after({with_blocked({100})}, run_word::wedged);
  EXPECT_THAT(name, HasSubstr("log_flush_wait"));
  EXPECT_EQ(name, name_after({with_blocked({4711, 12})}, run_word::wedged));
  EXPECT_EQ(name_after({with_blocked({100})}, run_word::passed), "");
  EXPECT_EQ(name_after({with_blocked({100}), with_blocked({})}, run_word::wedged), "")
      << "the last look counts";
}

TEST(naming, whoever_waits_for_a_busy_disk_is_no_part_of_the_wedge) {
  auto const name_of = [](bool bystander_stands, std::vector<std::string> const& late_frames) {
    failure_names names;
    for (int second = 0; second <= 12; ++second) {
      auto seen = with_blocked({100});
      if (second > 6) seen.blocked.front().frames = late_frames;
      auto const switches = bystander_stands ? 40 : 40 + static_cast<std::uint64_t>(second);
      seen.blocked.push_back({7, "dd", switches, "D", "__iomap_dio_rw", {"__iomap_dio_rw"}, false});
      names.observe(at(std::chrono::seconds(second), seen));
    }
    verdict::final_verdict said;
    said.word = verdict::run_word::wedged;
    return names.name_for(said);
  };
  EXPECT_EQ(name_of(false, {"log_flush_wait", "log_write"}), "wedge/log_flush_wait");
  EXPECT_EQ(name_of(true, {"log_flush_wait", "log_write"}), "wedge/__iomap_dio_rw+log_flush_wait");
  EXPECT_EQ(name_of(false, {}), "wedge/log_flush_wait")
      << "a stack that could not be read again is the one that was read";
}

timeline::console_line said(std::string text) {
  return {std::move(text), false};
}

TEST(naming, a_panic_is_named_after_the_console) {
  EXPECT_THAT(name_after({said("[    9.1] Kernel panic - not syncing: wedgehog_lab: asked for")},
                         verdict::run_word::panicked),
              HasSubstr("panic"));
}

TEST(naming, a_panic_is_not_named_after_a_warning_long_before) {
  std::vector<timeline::payload> seen{
      said("[    1.000000] WARNING: CPU: 0 PID: 7 at fs/frogfs/log.c:9 frog_log+0x1/0x2")};
  for (int i = 0; i < 700; ++i) seen.push_back(said("[    2.000000] frogfs: all is well"));
  auto const warned = name_after(seen, verdict::run_word::passed, {verdict::flag_word::oops});
  EXPECT_EQ(warned, "warning/frog_log");
  seen.push_back(said("[   90.000000] BUG: kernel NULL pointer dereference, address: 0000000010"));
  seen.push_back(said("[   90.000000] RIP: 0010:newt_read+0x1/0x2"));
  seen.push_back(said("[   90.000000] Kernel panic - not syncing: Fatal exception"));
  EXPECT_EQ(name_after(seen, verdict::run_word::panicked), "bad-access/newt_read");
}

// Seed 003: the second occurrence of the same assertion has other addresses, threads and CPUs.
TEST(naming, an_assertion_that_fires_again_has_the_same_name) {
  auto const panic = [](std::string const& cpu, std::string const& thread,
                        std::string const& base) {
    return name_after(
        {timeline::milestone{"guest-os", "illumos"},
         said("panic[cpu" + cpu + "]/thread=" + thread + ": "),
         said("assertion failed: ht->ht_lock_cnt == 0, file: ../../i86pc/vm/htable.c, line: 1204"),
         said(""), said(base + "a40 fffffffffba0a2b8 ()"),
         said(base + "a90 unix:htable_release+1b3 ()"),
         said(base + "ac0 unix:hat_unload_callback+1ff ()")},
        verdict::run_word::panicked);
  };
  auto const once = panic("0", "ffffff0003c05c40", "ffffff0003c05");
  EXPECT_FALSE(once.empty());
  EXPECT_THAT(once, HasSubstr("assert/"));
  EXPECT_EQ(once, panic("3", "fffffe01dd31a7c0", "fffffe01dd31a"));
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

TEST(expectations, a_recovery_counts_only_where_it_is_named) {
  verdict::final_verdict said;
  said.word = verdict::run_word::slow;
  EXPECT_FALSE(meets(said, {.verdict = "slow", .recovery = "recovered"}));
  said.recovery = verdict::recovery_word::recovered;
  EXPECT_TRUE(meets(said, {.verdict = "slow"}));
  EXPECT_TRUE(meets(said, {.verdict = "slow", .recovery = "recovered"}));
  EXPECT_FALSE(meets(said, {.verdict = "slow", .recovery = "recovered-late"}));
  EXPECT_EQ(describe({.verdict = "slow", .recovery = "recovered"}), "slow, recovered");
}

TEST(expectations, whoever_must_have_answered_must_have_been_asked) {
  plan::expectation const both{.verdict = "wedged", .answers = {"io", "nmi"}};
  EXPECT_EQ(describe(both), "wedged, answers io nmi");
  EXPECT_TRUE(answered_all({}, {.verdict = "wedged"}));
  EXPECT_FALSE(answered_all({}, both));
  timeline::probe io{.name = "io", .answer_s = 0.2, .limit_s = 5};
  timeline::probe nmi{.name = "nmi", .limit_s = 5, .detail = "no answer within 5 s"};
  EXPECT_FALSE(answered_all({io, nmi}, both));
  nmi.answer_s = 4.9;
  EXPECT_TRUE(answered_all({nmi, io}, both));
}

TEST(expectations, judged_again_a_run_still_knows_who_answered) {
  judged_run judged({.no_progress = 40s});
  judged.observe(at(41s, timeline::milestone{"evidence-began", ""}));
  judged.observe(at(45s, timeline::probe{.name = "io", .answer_s = 0.2, .limit_s = 5}));
  auto const asked = judged.conclude().asked;
  EXPECT_TRUE(answered_all(asked, {.answers = {"io"}}));
  EXPECT_FALSE(answered_all(asked, {.answers = {"io", "nmi"}}));
}

TEST(expectations, in_time_counts_from_the_first_step) {
  verdict::final_verdict said;
  said.since = 50s;
  EXPECT_TRUE(in_time(said, {}, {}));
  EXPECT_TRUE(in_time(said, 10.0, {.by = 40s}));
  EXPECT_FALSE(in_time(said, 9.9, {.by = 40s}));
  EXPECT_FALSE(in_time(said, {}, {.by = 40s}));
}

TEST(expectations, what_the_host_does_to_a_machine_is_invalid_and_has_its_word) {
  verdict::final_verdict said;
  said.word = verdict::run_word::paused;
  said.invalid = true;
  EXPECT_EQ(word_of(said), "paused");
  EXPECT_TRUE(meets(said, {.verdict = "paused"}));
  EXPECT_TRUE(meets(said, {.verdict = "invalid"}));
  EXPECT_FALSE(meets(said, {.verdict = "host-stopped"}));
  EXPECT_EQ(exit_code_of(said), 2);
  // A finding beside a fault that never fired is no proof of anything.
  said.word = verdict::run_word::panicked;
  EXPECT_EQ(word_of(said), "invalid");
  EXPECT_FALSE(meets(said, {.verdict = "panicked"}));
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
