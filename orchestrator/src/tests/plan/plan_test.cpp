#include "plan/plan.hpp"

#include <gtest/gtest.h>

namespace wedgehog::plan {
namespace {

using namespace std::chrono_literals;

plan full_plan() {
  plan full;
  full.name = "full";
  full.about = "one of everything, with \"quotes\" and ünïcode";
  full.recipe = "recipes/full.yaml";
  full.variant = {{"fs", "xfs"}, {"settle", "60s"}};
  full.seed = ~0ULL;
  full.image = "linux";
  full.guest = {.vcpus = 2,
                .memory = 512ULL << 20U,
                .accel = accelerator::tcg,
                .kernel_arguments = {"quiet"},
                .sysctls = {{"kernel.panic", "0"}},
                .modules = {"wedgehog_lab"}};
  full.disks = {{"data", 1U << 30U, "base.img", error_policy::stop, error_policy::report}};
  full.limits = {1min, 20s, 5min, 2min};
  full.expects = {"wedged", "software-wait", 90s};
  full.expects.failed_step = "mounted";
  std::vector<step> const inner{
      {run{"true", 5s, -1, "out"}, 12},
      {workload{"churn", "while :; do :; done", progress_source::counter, lifetime::ends, 60s},
       13}};
  full.steps = {
      {loop{3,
            {},
            {},
            {{parallel{{inner, {{wait{wait_condition::progress, {}, "churn", {}, 5, 9s}}}}}}}},
       11},
      {canary{"/mnt", 1s}, 20},
      {expect{.what = expect_condition::console_not_seen, .pattern = "BUG:"}, 21},
      {collect{{"dmesg"}}, 22},
      {inject{"latency", "slow", "data", {{"delay", "250ms"}}}, 23},
      {heal{"slow"}, 24},
      {pause{5s}, 25},
      {resume{}, 26},
      {reset{}, 27},
      {kill_qemu{}, 28},
      {power_off{10s}, 29}};
  full.after_boot = {
      {.what = run{.script = "mount", .deadline = 2s, .expect_exit = 0, .expect_other = true},
       .line = 3,
       .label = "mounted",
       .file = "recipes/parts/mount.yaml"},
      {workload{.name = "writer", .script = "dd", .may_end = true}, 5}};
  full.faults = {{.after = 30s, .lasts = 10s, .what = {"hold", "held", "data", {}}},
                 {.begins = fault_begin::progress,
                  .workload = "churn",
                  .count = 5,
                  .every = 60s,
                  .times = 3,
                  .jitter = 1s,
                  .what = {"rate", "slow", "data", {}, true},
                  .with = {{"hog", "full", "", {}}}}};
  full.recovery = {30s, 5min, recovery_moment::suspect, {"slow"}, "fsck"};
  full.on_failure = {{"ps", "dmesg"}};
  full.console = {{"emergency", "page allocation failed", severity::fatal}};
  return full;
}

TEST(plan, reads_back_what_it_writes) {
  for (auto const& each : {plan{}, full_plan(), scaled(full_plan(), 4)}) {
    auto const back = from_text(to_text(each));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(*back, each) << to_text(each);
  }
}

TEST(plan, a_text_that_is_no_plan_is_refused) {
  for (auto const* bad : {"", "[]", "{}", "{\"format\":\"wedgehog plan 2\"}",
                          "{\"format\":\"wedgehog plan 1\",\"steps\":[{\"dance\":{}}]}",
                          "{\"format\":\"wedgehog plan 1\",\"steps\":[{\"loop\":{\"steps\":[7, "
                          "{\"x\":{}}]}}]}",
                          "{\"format\":\"wedgehog plan 1\",\"after_boot\":[{\"dance\":{}}]}"}) {
    auto const read = from_text(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().whose(), blame::recipe);
  }
}

TEST(plan, scaling_stretches_limits_and_leaves_waits_alone) {
  auto base = full_plan();
  base.steps.push_back({wait{.duration = 7s}});
  auto const slow = scaled(base, 4);
  EXPECT_EQ(slow.limits.no_progress, 80s);
  EXPECT_EQ(slow.expects.by, 360s);
  EXPECT_EQ(std::get<power_off>(slow.steps[10].what).deadline, 40s);
  EXPECT_EQ(std::get<run>(slow.after_boot[0].what).deadline, 8s);
  EXPECT_EQ(find_workload(slow, "churn")->deadline, 240s);
  EXPECT_EQ(std::get<wait>(slow.steps.back().what).duration, 7s);
  EXPECT_EQ(std::get<pause>(slow.steps[6].what).duration, 5s);
  EXPECT_TRUE(slow.time_scaled);
}

TEST(plan, finds_by_name_at_any_depth) {
  auto const full = full_plan();
  ASSERT_NE(find_workload(full, "churn"), nullptr);
  EXPECT_EQ(find_workload(full, "churn")->progress, progress_source::counter);
  EXPECT_EQ(find_workload(full, "absent"), nullptr);
  ASSERT_NE(find_workload(full, "writer"), nullptr);
  EXPECT_TRUE(find_workload(full, "writer")->may_end);
  ASSERT_NE(find_disk(full, "data"), nullptr);
  EXPECT_EQ(find_disk(full, "absent"), nullptr);
  EXPECT_EQ(title(full), "full[fs=xfs,settle=60s]");
  EXPECT_EQ(word_of(full.steps[8]), "reset");
}

TEST(plan, fault_parameters_by_type) {
  inject const fault{
      "latency", "slow", "data", {{"delay", "1m30s"}, {"count", "7"}, {"p", "0.25"}}};
  EXPECT_EQ(duration_of(fault, "delay"), 90s);
  EXPECT_EQ(number_of(fault, "count"), 7U);
  EXPECT_EQ(fraction_of(fault, "p"), 0.25);
  EXPECT_EQ(text_of(fault, "absent"), std::nullopt);
  EXPECT_EQ(number_of(fault, "delay"), std::nullopt);
}

}  // namespace
}  // namespace wedgehog::plan
