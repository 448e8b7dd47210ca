#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conductor/console_rules.hpp"
#include "conductor/expectation.hpp"
#include "conductor/opinion.hpp"
#include "conductor/perform.hpp"
#include "conductor/planned_machine.hpp"
#include "conductor/run_context.hpp"
#include "conductor/steps/steps.hpp"
#include "verdict/judged_run.hpp"
#include "vm/direct/backend.hpp"

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
  verdict::judged_run judged({.no_progress = 40s});
  judged.observe(at(41s, timeline::milestone{"evidence-began", ""}));
  judged.observe(at(45s, timeline::probe{.name = "io", .answer_s = 0.2, .limit_s = 5}));
  auto const asked = judged.asked();
  EXPECT_TRUE(answered_all(asked, {.answers = {"io"}}));
  EXPECT_FALSE(answered_all(asked, {.answers = {"io", "nmi"}}));
}

TEST(expectations, a_failure_counts_only_at_its_step) {
  timeline::step const failed{"3.r17.1", "fsx: run fsx", "failed", "exit code 205"};
  EXPECT_TRUE(failed_where(failed, {.verdict = "failed"}));
  EXPECT_TRUE(failed_where(failed, {.failed_step = "3.1"}));
  EXPECT_TRUE(failed_where(failed, {.failed_step = "fsx"}));
  EXPECT_FALSE(failed_where(failed, {.failed_step = "3"}));
  EXPECT_FALSE(failed_where(failed, {.failed_step = "fs"}));
  EXPECT_FALSE(failed_where({}, {.failed_step = "fsx"})) << "no step failed";
  EXPECT_FALSE(fulfils({.word = verdict::run_word::failed}, {.failed_step = failed},
                       {.verdict = "failed", .failed_step = "mkfs"}));
}

TEST(expectations, in_time_counts_from_the_first_step) {
  verdict::final_verdict said;
  said.since = 50s;
  EXPECT_TRUE(in_time(said, {}, {}));
  EXPECT_TRUE(in_time(said, 10s, {.by = 40s}));
  EXPECT_FALSE(in_time(said, 9900ms, {.by = 40s}));
  EXPECT_FALSE(in_time(said, {}, {.by = 40s}));
}

// Of a run that made the machine first that it began as a copy of: its guest began late, and was
// ready at once.
TEST(expectations, what_came_before_the_guest_does_not_count) {
  verdict::judged_run judged({.no_progress = 40s});
  judged.observe(at(19s, timeline::mark(timeline::reached::machine_started)));
  judged.observe(at(20s, timeline::mark(timeline::reached::guest_ready)));
  judged.observe(at(60s, timeline::qmp_event{"GUEST_PANICKED", "{}"}));
  judged.observe(at(62s, timeline::mark(timeline::reached::run_ended)));
  auto const concluded = judged.conclude();
  EXPECT_EQ(concluded.ready, 20s);
  for (auto const by : {45s, 35s}) {
    plan::expectation const expected{.verdict = "panicked", .by = by};
    opinion_terms const terms{.expected = expected};
    EXPECT_EQ(opinion_of(concluded, terms).met, by == 45s) << by.count();
  }
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
  image.guest.boot.kernel_arguments = {"console=ttyS0"};
  image.guest.boot.sysctl = "set.{name}={value}";
  image.guest.boot.modules = "load={names}";
  auto const spec = machine_spec_of(what, image, {"/run/x", "/results/x"});
  EXPECT_EQ(spec.vcpus, 3);
  EXPECT_EQ(spec.kernel_arguments,
            "console=ttyS0 quiet set.kernel.hung_task_timeout_secs=30 load=wedgehog_lab,xfs");
  ASSERT_EQ(spec.disks.size(), 1U);
  EXPECT_EQ(spec.disks[0].write_error, vm::on_error::stop);
  EXPECT_EQ(spec.disks[0].read_error, vm::on_error::report);
  EXPECT_EQ(std::get<vm::unix_socket>(spec.disks[0].server).path, "/run/x/disk-data");
  loop::real_clock time;
  vm::direct::backend const backend(time, {});
  EXPECT_THAT(dry_command_line(what, image, backend), HasSubstr("truncate -s 4096"));
}

// What a kernel that boots by itself was not told, the agent does; whatever is in a value, it is
// one word.
TEST(settings_script, sets_what_no_kernel_argument_can) {
  plan::plan what;
  what.guest.sysctls = {{"kernel.core_pattern", "|/bin/x 'y' $(z)"}};
  what.guest.modules = {"wedgehog_lab", "xfs"};
  guest::profile guest;
  guest.settings = {.sysctl = "sysctl -w {name}={value}", .modules = "modprobe -a {names}"};
  EXPECT_EQ(settings_script(what, guest), "");
  guest.boot.from = guest::boot_medium::disk;
  EXPECT_EQ(settings_script(what, guest),
            "set -e\nmodprobe -a 'wedgehog_lab' 'xfs'\n"
            "sysctl -w 'kernel.core_pattern'='|/bin/x '\\''y'\\'' $(z)'\n");
  EXPECT_EQ(settings_script({}, guest), "");
  vm::image image;
  image.guest = guest;
  EXPECT_EQ(machine_spec_of(what, image, {"/run/x", "/results/x"}).kernel_arguments, "");
}

TEST(steps, are_described_in_a_few_words) {
  EXPECT_EQ(
      describe(plan::step{plan::run{.script = "set -e\n# comment\nmkfs.ext4 /dev/x\nmount\n"}, 1}),
      "run mkfs.ext4 /dev/x …");
  EXPECT_EQ(describe(plan::step{plan::wait{.duration = 90s}, 1}), "wait 1m30s");
}

}  // namespace
}  // namespace wedgehog::conductor
