#include <gmock/gmock.h>

#include "folders.hpp"

namespace wedgehog::store {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;

struct exposures : ::testing::Test {
  own_folder temporary;
  results_database database = good(results_database::open(temporary / "results.sqlite"));

  struct wanted {
    std::string verdict = "passed";  // empty: not judged
    int exit_code = 0;
    std::optional<std::string> signature{};
    double hours = 0.5;
    std::string variant{};
    std::string kernel = "6.1.0";
    std::string started = "2026-11-21T03:41:07.123Z";
    bool stopped = false;
    bool met = true;
    owner whose = this_process();
    std::optional<double> failed_for_s{};
  };
  void add(wanted const& one) {
    auto run = run_without_files(temporary.path(),
                                 {.name = "run-" + std::to_string(++added_),
                                  .started = one.started,
                                  .until = one.verdict.empty() ? stage::begun : stage::sealed,
                                  .verdict = one.verdict,
                                  .signature = one.signature,
                                  .whose = one.whose});
    run.facts.variant = one.variant;
    run.facts.kernel = one.kernel;
    if (run.played) {
      run.played->exposure_s = one.hours * 3600;
      run.played->interrupted = one.stopped;
    }
    for (auto& said : run.judgements) {
      said.exit_code = one.exit_code;
      said.met = one.met;
      said.failed_for_s = one.failed_for_s;
    }
    good(database.ingest(run));
  }
  cell_tally only_cell(cell_filter const& only = {}) {
    auto const rows = good(database.exposures(only));
    EXPECT_EQ(rows.size(), 1U);
    return rows.empty() ? cell_tally{} : rows.front();
  }
  int added_ = 0;
};

TEST_F(exposures, hits_are_counted_by_signature_over_the_hours_of_all_runs_that_count) {
  add({.hours = 2});
  add({.hours = 2});
  add({.verdict = "wedged", .exit_code = 1, .signature = "sig-a", .hours = 0.25});
  add({.verdict = "wedged", .exit_code = 1, .signature = "sig-a", .hours = 0.5});
  add({.verdict = "panicked", .exit_code = 1, .signature = "sig-b", .hours = 1});
  add({.verdict = "failed", .exit_code = 1, .hours = 0.125});
  auto const cell = only_cell();
  EXPECT_EQ(cell.recipe, "lost-wakeup");
  EXPECT_EQ(cell.image, "debian");
  EXPECT_EQ(cell.runs, 6);
  EXPECT_DOUBLE_EQ(cell.hours, 5.875);
  EXPECT_THAT(cell.hits, UnorderedElementsAre(Pair("sig-a", 2), Pair("sig-b", 1)));
  EXPECT_EQ(cell.unnamed, 1);
  EXPECT_TRUE(cell.void_runs.empty());
}

// A wedge is called one when its budget is used up: nobody was at risk meanwhile.
TEST_F(exposures, a_run_that_failed_was_at_risk_until_it_failed) {
  add({.hours = 1});
  add({.verdict = "wedged", .exit_code = 1, .hours = 0.025, .failed_for_s = 60});
  add({.verdict = "panicked", .exit_code = 1, .hours = 0.5, .failed_for_s = 0});
  EXPECT_DOUBLE_EQ(only_cell().hours, 1 + 30.0 / 3600 + 0.5);
  double hours = 0;
  for (auto const& one : good(database.tallies({}))) hours += one.exposure_hours;
  EXPECT_DOUBLE_EQ(hours, only_cell().hours);
}

TEST_F(exposures, no_opinion_makes_a_run_shorter_than_nothing) {
  add({.verdict = "wedged", .exit_code = 1, .hours = 0.01, .failed_for_s = 3600});
  EXPECT_EQ(only_cell().hours, 0);
}

TEST_F(exposures, an_opinion_that_does_not_say_when_it_failed_counts_the_whole_run) {
  add({.verdict = "wedged", .exit_code = 1, .hours = 0.025});
  EXPECT_DOUBLE_EQ(only_cell().hours, 0.025);
  // Judged again, it says.
  auto const run = good(database.find("latest"));
  auto said = *run.judged;
  said.judged += std::chrono::hours(1);
  said.failed_for_s = 60;
  good(database.add_judgement(run, said, 0));
  EXPECT_DOUBLE_EQ(only_cell().hours, 30.0 / 3600);
  EXPECT_EQ(good(database.find("latest")).judged->failed_for_s, 60);
  EXPECT_EQ(good(database.find("latest")).played->exposure_s, 90) << "the raw number stays";
}

TEST_F(exposures, what_says_nothing_about_the_guest_is_void_and_never_clean) {
  add({.verdict = "invalid", .exit_code = 2, .hours = 8});
  add({.verdict = "host-starved", .exit_code = 2, .hours = 8});
  add({.verdict = "host-starved", .exit_code = 2, .hours = 8});
  add({.verdict = "wedged", .exit_code = 2, .signature = "sig-a", .hours = 8});
  add({.verdict = "passed", .exit_code = 130, .hours = 8, .stopped = true});
  add({.verdict = "", .whose = somebody_dead()});
  add({.verdict = ""});
  auto const cell = only_cell();
  EXPECT_EQ(cell.runs, 0);
  EXPECT_EQ(cell.hours, 0);
  EXPECT_TRUE(cell.hits.empty());
  EXPECT_THAT(cell.void_runs, UnorderedElementsAre(Pair("invalid", 1), Pair("host-starved", 2),
                                                   Pair("wedged", 1), Pair("interrupted", 2)));
  EXPECT_EQ(cell.under_way, 1);
}

TEST_F(exposures, an_expectation_makes_no_hit_and_unmakes_none) {
  add({.verdict = "passed", .hours = 1, .met = false});
  add({.verdict = "wedged", .exit_code = 1, .signature = "sig-a", .hours = 1, .met = true});
  auto const cell = only_cell();
  EXPECT_EQ(cell.runs, 2);
  EXPECT_THAT(cell.hits, UnorderedElementsAre(Pair("sig-a", 1)));
  EXPECT_EQ(cell.unnamed, 0);
}

TEST_F(exposures, aliases_are_counted_with_the_name_that_they_stand_for) {
  for (auto const* name : {"old", "older", "new"})
    add({.verdict = "wedged", .exit_code = 1, .signature = name});
  good(database.add_alias("older", "old", at("2026-11-22T00:00:00.000Z")));
  good(database.add_alias("old", "new", at("2026-11-22T00:00:00.000Z")));
  EXPECT_THAT(only_cell().hits, UnorderedElementsAre(Pair("new", 3)));
}

TEST_F(exposures, cells_are_told_apart_by_all_that_a_guest_is) {
  add({.hours = 1, .variant = "settle=60s"});
  add({.hours = 2, .variant = ""});
  add({.hours = 4, .variant = "", .kernel = "6.12.1"});
  auto const rows = good(database.exposures({}));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].hours, 2);
  EXPECT_EQ(rows[1].kernel, "6.12.1");
  EXPECT_EQ(rows[2].variant, "settle=60s");
}

TEST_F(exposures, a_time_is_from_then_on_and_before_that) {
  add({.hours = 1, .started = "2026-11-20T01:00:00.000Z"});
  add({.hours = 2, .started = "2026-11-21T01:00:00.000Z"});
  add({.hours = 4, .started = "2026-11-22T01:00:00.000Z"});
  auto const second = at("2026-11-21T01:00:00.000Z");
  auto const third = at("2026-11-22T01:00:00.000Z");
  EXPECT_EQ(only_cell({}).hours, 7);
  EXPECT_EQ(only_cell({.since = second}).hours, 6);
  EXPECT_EQ(only_cell({.until = third}).hours, 3);
  EXPECT_EQ(only_cell({.since = second, .until = third}).hours, 2);
}

TEST_F(exposures, without_runs_there_are_no_cells) {
  EXPECT_TRUE(good(database.exposures({})).empty());
}

}  // namespace
}  // namespace wedgehog::store
