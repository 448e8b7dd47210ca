// Reports against files that a person has read. WEDGEHOG_REWRITE=1 writes them anew: read the diff.
#include <gtest/gtest.h>

#include "golden.hpp"
#include "report/report.hpp"
#include "sample_runs.hpp"

namespace wedgehog::report {
namespace {

std::string all_texts() {
  std::string text = run_table(sample_runs());
  for (auto const& run : sample_runs()) text += "\n" + one_run(run, {"/data/wedgehog"});
  return text;
}

std::string all_objects() {
  std::string text;
  for (auto const& run : sample_runs()) text += run_json(run, {"/data/wedgehog/"});
  return text;
}

std::string summaries() {
  std::vector<store::tally> const tallies{
      {"lost-wakeup", "fs=xfs", "", "", "passed", "", 480, 2, 239.5},
      {"lost-wakeup", "fs=xfs", "", "", "wedged", "software-wait", 3, 3, 1.25}};
  std::vector<store::tally> const by_kernel{
      {"lost-wakeup", "fs=xfs", "", "6.1.0-57-cloud-amd64", "passed", "", 240, 2, 119.5},
      {"lost-wakeup", "fs=xfs", "", "6.12.117", "wedged", "software-wait", 3, 3, 1.25}};
  std::vector<store::signature_sighting> const seen{{"xlog_wait_on_iclog+xlog_cil_push",
                                                     "wedged",
                                                     "software-wait",
                                                     3,
                                                     at("2026-11-01T00:00:00.000Z"),
                                                     at("2026-11-21T03:41:07.123Z"),
                                                     {5, "lost-wakeup-20261121-0341-7f3a"},
                                                     {"xlog_cil_push"}}};
  return tally_table(tallies) + "\n" + tally_table(by_kernel) + "\n" + signature_table(seen);
}

struct reports : ::testing::TestWithParam<golden> {};

TEST_P(reports, are_as_they_were_read) {
  expect_as_read(GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    golden, reports,
    ::testing::Values(
        golden{"runs.txt", all_texts}, golden{"runs.jsonl", all_objects},
        golden{"summaries.txt", summaries},
        golden{"runs.junit.xml", [] { return junit_xml(sample_runs(), {}); }},
        golden{"runs.v13.tap", [] { return tap(sample_runs(), tap_version::v13, {}); }},
        golden{"runs.v14.tap", [] { return tap(sample_runs(), tap_version::v14, {}); }},
        golden{"runs.html", [] { return html_page(sample_runs(), {"/data/wedgehog"}); }}));

TEST(empty_reports, are_still_reports) {
  EXPECT_EQ(run_table({}), "no runs\n");
  EXPECT_EQ(tally_table({}), "no runs\n");
  EXPECT_EQ(signature_table({}), "no signatures\n");
  EXPECT_EQ(tap({}, tap_version::v14, {}), "TAP version 14\n1..0\n");
  EXPECT_NE(junit_xml({}, {}).find("tests=\"0\""), std::string::npos);
  EXPECT_NE(html_page({}, {}).find("<h1>0 runs</h1>"), std::string::npos);
}

TEST(json_object, keeps_seeds_exact_and_says_null_for_what_is_unknown) {
  auto const runs = sample_runs();
  auto const wedged = run_object(runs[0], {});
  EXPECT_EQ(wedged.at("seed").as_string(), "18446744073709551557");
  EXPECT_EQ(wedged.at("wreckage").as_string(), "wreckage/lost-wakeup-20261121-0341-7f3a");
  auto const running = run_object(runs[4], {});
  for (auto const* unknown : {"kind", "signature", "met", "exit_code", "duration_s", "wreckage"})
    EXPECT_TRUE(running.at(unknown).is_null()) << unknown;
  EXPECT_EQ(running.at("verdict").as_string(), "running");
}

}  // namespace
}  // namespace wedgehog::report
