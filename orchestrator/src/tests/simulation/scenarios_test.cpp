// Lives with one thing to see in each: what a step waits for, what is kept, whom a death is blamed
// on, what a stopped performer may claim. Every one of them was wrong once.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulation/plans.hpp"
#include "tests/simulation/played_seed.hpp"

namespace wedgehog::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view head = R"(name: scenario
image: linux
machine: {vcpus: 1, memory: 256MiB}
disks: {data: 64MiB}
budgets: {boot: 20s, no_progress: 15s, run: 60s, collect: 30s}
expect: passed
steps:
)";
constexpr std::string_view writer = R"(  - workload:
      name: writer
      progress: counter
      script: |
        while dd of=/mnt/file conv=fsync; do
          sleep 0.5
        done
)";

record play_steps(std::string const& steps, bad_day const& day = {}) {
  auto played = play_plan(plan_of(std::string(head) + steps), day, 7);
  EXPECT_EQ(fmt::format("{}", fmt::join(played.broken, "\n")), "");
  return std::move(played.read);
}

// What the step at `path` took; nothing when it did not end.
std::optional<double> seconds_of_step(record const& of, std::string_view path) {
  std::optional<microseconds> began;
  for (auto const& one : of.signals.signals()) {
    auto const* step = std::get_if<timeline::step>(&one.what);
    if (step == nullptr || step->path != path) continue;
    if (step->phase == "began") began = one.at;
    if (step->phase == "ended" && began) return in_seconds(one.at - *began);
  }
  return std::nullopt;
}
std::string verdict_of(record const& of) {
  return of.lived.done ? of.lived.done->said.verdict : of.lived.failure;
}

TEST(scenarios, a_second_wait_for_progress_counts_from_its_own_beginning) {
  auto const seen = play_steps(std::string(writer) +
                               "  - wait: {workload: writer, progress: 6, deadline: 30s}\n"
                               "  - wait: {workload: writer, progress: 6, deadline: 30s}\n");
  EXPECT_EQ(verdict_of(seen), "passed");
  EXPECT_GT(seconds_of_step(seen, "2").value_or(0), 1.5);
  EXPECT_GT(seconds_of_step(seen, "3").value_or(0), 1.5);
}

TEST(scenarios, a_workload_that_ended_by_itself_is_not_alive) {
  auto const seen = play_steps(
      "  - workload: {name: short, expect: ends, script: 'sleep 1'}\n"
      "  - wait: 5s\n"
      "  - expect: {alive: short}\n");
  EXPECT_EQ(verdict_of(seen), "failed");
}

TEST(scenarios, a_loop_ends_with_the_workload_it_waits_for) {
  auto const seen = play_steps(
      "  - workload: {name: short, expect: ends, script: 'sleep 4'}\n"
      "  - loop: {until: short, steps: [{wait: 1s}]}\n");
  EXPECT_EQ(verdict_of(seen), "passed");
  EXPECT_LT(seconds_of_step(seen, "2").value_or(1000), 10);
}

TEST(scenarios, what_a_step_collects_is_kept_of_a_run_that_passed) {
  auto const seen = play_steps("  - collect: [ps]\n");
  EXPECT_EQ(verdict_of(seen), "passed");
  EXPECT_TRUE(std::any_of(seen.files.begin(), seen.files.end(), [](auto const& path) {
    return path.find("ps") != std::string::npos && path.find("collected") != std::string::npos;
  })) << fmt::format("{}", fmt::join(seen.files, " "));
}

TEST(scenarios, a_user_who_stops_it_is_in_the_timeline) {
  bad_day day;
  day.user_stops_after = 10s;
  auto const seen = play_steps(std::string(writer) + "  - wait: 40s\n", day);
  EXPECT_TRUE(seen.again.stopped);
  EXPECT_EQ(verdict_of(seen), "unknown");
}

// Whoever goes down at once may not have answered, and must not be asked again when it is back.
TEST(scenarios, a_guest_that_reboots_is_asked_once) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    auto played = play_plan(plan_of(std::string(head) + "  - reboot: {by: guest}\n  - wait: 20s\n"),
                            {}, seed);
    EXPECT_EQ(fmt::format("{}", fmt::join(played.broken, "\n")), "");
    EXPECT_EQ(verdict_of(played.read), "passed") << "seed " << seed;
  }
}

// A flush is held, and the performer is stopped for longer than the budget: it has not watched.
TEST(scenarios, a_performer_that_was_stopped_claims_nothing_about_that_time) {
  bad_day day;
  day.stops_us_after = 9s;
  day.stopped_for = 60s;
  auto const seen = play_steps(std::string(writer) +
                                   "  - wait: 3s\n"
                                   "  - inject: {fault: hold, as: stuck, disk: data, op: flush}\n"
                                   "  - wait: 30s\n",
                               day);
  EXPECT_EQ(verdict_of(seen), "wedged");
  ASSERT_TRUE(seen.lived.done);
  EXPECT_LT(seen.lived.done->played.exposure_s, 60);
}

TEST(scenarios, a_stop_of_the_performer_makes_no_healthy_guest_a_wedge) {
  bad_day day;
  day.stops_us_after = 8s;
  day.stopped_for = 90s;
  auto const seen = play_steps(std::string(writer) + "  - wait: 30s\n", day);
  EXPECT_TRUE(verdict_of(seen) == "passed" || verdict_of(seen) == "slow") << verdict_of(seen);
}

TEST(scenarios, a_guest_that_panics_is_a_panic) {
  bad_day day;
  day.guest = {trouble_kind::panics, 8s};
  auto const seen = play_steps(std::string(writer) + "  - wait: 30s\n", day);
  EXPECT_EQ(verdict_of(seen), "panicked");
}

TEST(scenarios, a_held_write_is_held_io_and_a_lost_completion_is_one) {
  auto const held = play_steps(std::string(writer) +
                               "  - wait: 3s\n"
                               "  - inject: {fault: hold, as: stuck, disk: data, op: write}\n"
                               "  - wait: 40s\n");
  EXPECT_EQ(verdict_of(held), "wedged");
  EXPECT_EQ(held.lived.done ? held.lived.done->said.kind : "", "held-io");
  bad_day day;
  day.guest = {trouble_kind::loses_completions, 5s};
  auto const lost = play_steps(std::string(writer) + "  - wait: 40s\n", day);
  EXPECT_EQ(verdict_of(lost), "wedged");
  EXPECT_EQ(lost.lived.done ? lost.lived.done->said.kind : "", "lost-completion");
}

// The guest's error is on its console before the script ends, and is read a moment later.
TEST(scenarios, a_console_line_that_a_script_caused_is_waited_for) {
  auto const seen = play_steps(
      "  - inject: {fault: error, as: bad, disk: data, op: read, errno: EIO}\n"
      "  - run: {script: 'dd if=/dev/wedgehog/data of=/dev/null', deadline: 9s, expect_exit: 1}\n"
      "  - expect: {console: 'I/O error, dev vd'}\n");
  EXPECT_EQ(verdict_of(seen), "passed");
}

// The probes are asked when the run is judged already.
TEST(scenarios, answers_that_a_recipe_expects_are_counted) {
  bad_day day;
  day.guest = {trouble_kind::waits_in_software, 5s};
  auto text = std::string(head) + std::string(writer) + "  - wait: 50s\n" +
              "on_failure: {probes: [echo, nmi]}\n";
  std::string_view const plain = "expect: passed";
  text.replace(text.find(plain), plain.size(), "expect: {verdict: wedged, answers: [echo, nmi]}");
  auto const played = play_plan(plan_of(text), day, 7);
  EXPECT_EQ(fmt::format("{}", fmt::join(played.broken, "\n")), "");
  ASSERT_TRUE(played.read.lived.done);
  EXPECT_TRUE(played.read.lived.done->said.met);
}

TEST(scenarios, a_wait_in_software_is_one) {
  bad_day day;
  day.guest = {trouble_kind::waits_in_software, 5s};
  auto const seen = play_steps(std::string(writer) + "  - wait: 50s\n", day);
  EXPECT_EQ(verdict_of(seen), "wedged");
  EXPECT_EQ(seen.lived.done ? seen.lived.done->said.kind : "", "software-wait");
}

}  // namespace
}  // namespace wedgehog::simulation
