// What a run that has ended is worth for its campaign.
#include "farm/campaign_runs.hpp"

#include <gtest/gtest.h>

namespace wedgehog::farm {
namespace {

run_report some_end(int exit_code, double exposure_s) {
  run_report report;
  report.run.played = folder::outcome{.ended = "the judge ended it", .exposure_s = exposure_s};
  report.said = {.verdict = "wedged", .signature = "sig", .exit_code = exit_code};
  report.run.judgements = {report.said};
  return report;
}

TEST(end_of_run, hours_count_until_the_guest_failed) {
  auto report = some_end(1, 90);
  report.said.failed_for_s = 60;
  auto const end = end_of(report, {});
  EXPECT_TRUE(end.finished);
  EXPECT_TRUE(end.hit);
  EXPECT_DOUBLE_EQ(end.hours, 30.0 / 3600);
}

TEST(end_of_run, hours_of_a_failure_that_is_no_hit_end_with_it_too) {
  auto report = some_end(1, 90);
  report.said.failed_for_s = 60;
  auto const end = end_of(report, {"another"});
  EXPECT_FALSE(end.hit);
  EXPECT_DOUBLE_EQ(end.hours, 30.0 / 3600);
}

TEST(end_of_run, without_a_moment_of_failure_the_whole_run_counts) {
  EXPECT_DOUBLE_EQ(end_of(some_end(1, 90), {}).hours, 90.0 / 3600);
  EXPECT_DOUBLE_EQ(end_of(some_end(0, 90), {}).hours, 90.0 / 3600);
}

}  // namespace
}  // namespace wedgehog::farm
