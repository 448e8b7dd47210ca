// Two sides compared, and nights against nights: what is claimed, and in which words.
#include "report/comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/night_report.hpp"
#include "report/selection.hpp"

namespace wedgehog::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

store::cell_tally cell(std::string recipe, std::int64_t runs, double hours,
                       std::map<std::string, std::int64_t> hits = {}) {
  store::cell_tally one;
  one.recipe = std::move(recipe);
  one.image = "linux";
  one.kernel = "6.1.0-57-cloud-amd64";
  one.runs = runs;
  one.hours = hours;
  one.hits = std::move(hits);
  return one;
}

std::string said(store::cell_tally const& of_a, store::cell_tally const& of_b) {
  std::vector<store::cell_tally> const first{of_a};
  std::vector<store::cell_tally> const second{of_b};
  auto const a = side_of("A", "a", first);
  auto const b = side_of("B", "b", second);
  return sentence_of(all_failures(a, b), a, b);
}

TEST(comparison, says_how_many_times_as_often_only_where_the_numbers_bear_it) {
  EXPECT_THAT(said(cell("x", 100, 10, {{"s", 61}}), cell("x", 100, 10, {{"s", 10}})),
              HasSubstr("A fails 6.1 times as often as B (95 %: "));
  EXPECT_THAT(said(cell("x", 100, 10, {{"s", 10}}), cell("x", 100, 10, {{"s", 61}})),
              HasSubstr("B fails 6.1 times as often as A (95 %: "));
  auto const little = said(cell("x", 10, 10, {{"s", 3}}), cell("x", 10, 10, {{"s", 1}}));
  EXPECT_THAT(little, HasSubstr("No difference is shown: A may fail "));
  EXPECT_THAT(little, Not(HasSubstr("times as often as B (95 %: ")));
}

TEST(comparison, a_clean_side_excludes_the_others_rate_only_after_enough_hours) {
  // 5 hits in 100 h: 82.1 h without a failure exclude their rate.
  auto const early = said(cell("x", 10, 50), cell("x", 10, 100, {{"s", 5}}));
  EXPECT_THAT(early,
              HasSubstr("A was clean for 50 machine-hours: that its rate is B's can be "
                        "excluded at 95 % after 32.1 machine-hours more without a failure."));
  auto const late = said(cell("x", 10, 83), cell("x", 10, 100, {{"s", 5}}));
  EXPECT_THAT(late, HasSubstr("that its rate is B's can be excluded at 95 %."));
}

TEST(comparison, without_hits_or_hours_says_what_is_known) {
  EXPECT_THAT(said(cell("x", 10, 30), cell("x", 10, 60)), HasSubstr("Neither failed: more than "));
  EXPECT_EQ(said(cell("x", 0, 0), cell("x", 10, 60, {{"s", 1}})),
            "A was never exposed: nothing can be compared.");
}

TEST(comparison, void_runs_are_told_and_count_for_nothing) {
  auto one = cell("x", 10, 5, {{"s", 1}});
  one.void_runs["host-starved"] = 3;
  std::vector<store::cell_tally> const cells{one};
  auto const side = side_of("A", "a", cells);
  EXPECT_EQ(side.runs, 10);
  EXPECT_DOUBLE_EQ(side.hours, 5);
  std::vector<compared_failure> const all{all_failures(side, side)};
  EXPECT_THAT(comparison_text(side, side, all), HasSubstr("3 host-starved"));
  auto const read = json::parse(comparison_json(side, side, all));
  EXPECT_EQ(read.at("a").at("void").at("host-starved").as_int64(), 3);
  EXPECT_EQ(read.at("failures").at(0).at("a").at("hits").to_number<int>(), 1);
}

TEST(selection, terms_are_cut_at_their_first_equals_sign) {
  auto const read =
      parse_selection("variant=fs=xfs,image=linux,kernel=6.1,campaign=night", store::moment{});
  ASSERT_TRUE(read);
  EXPECT_THAT(read->variants, ElementsAre("fs=xfs"));
  EXPECT_THAT(read->campaigns, ElementsAre("night"));
  auto one = cell("x", 1, 1);
  one.variant = "fs=xfs settle=60s";
  one.campaign = "night";
  EXPECT_TRUE(selects(*read, one));
  one.kernel = "6.12.1";
  EXPECT_FALSE(selects(*read, one)) << "6.1 is not 6.12";
  auto const wrong = parse_selection("colour=red", store::moment{});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message(), HasSubstr("terms are recipe=, variant="));
  std::vector<store::cell_tally> const all{one};
  auto const nobody = parse_selection("image=debian", store::moment{});
  EXPECT_EQ(what_exists_instead(*nobody, all), "no run has image=debian; there are: linux");
}

TEST(night, against_another_says_what_is_new_gone_and_changed) {
  std::vector<store::cell_tally> tonight{
      cell("x", 200, 20, {{"fresh", 2}, {"often", 80}, {"same", 3}}), cell("only", 5, 1)};
  std::vector<store::cell_tally> const before{
      cell("x", 200, 20, {{"lost", 4}, {"often", 10}, {"same", 3}}), cell("other", 5, 1)};
  tonight[0].void_runs["invalid"] = 2;
  auto const report = report_of_night("tonight", tonight, "before", before);
  std::map<std::string, change> changes;
  for (auto const& one : report.failures) changes[one.numbers.signature] = one.how;
  EXPECT_EQ(changes, (std::map<std::string, change>{{"fresh", change::new_},
                                                    {"often", change::more_often},
                                                    {"same", change::no_difference},
                                                    {"lost", change::gone}}));
  EXPECT_THAT(report.only_here, ElementsAre("only on linux"));
  EXPECT_THAT(report.only_there, ElementsAre("other on linux"));
  ASSERT_EQ(report.flaky.size(), 1U);
  EXPECT_EQ(report.flaky[0].hits, 85);
  auto const text = night_text(report);
  EXPECT_THAT(text, HasSubstr("\nnew\n  fresh\n"));
  EXPECT_THAT(text, HasSubstr("\nmore often\n  often\n"));
  EXPECT_THAT(text, HasSubstr("2 invalid (void)"));
  EXPECT_THAT(text, HasSubstr("x on linux: 85 of 200 runs failed"));
  auto const read = json::parse(night_json(report));
  EXPECT_EQ(read.at("failures").as_array().size(), 4U);
  EXPECT_THAT(night_junit(report), HasSubstr("tests=\"5\" failures=\"2\" errors=\"1\""));
}

// Eight runs that all fail are no fewer failures than sixty that all do.
TEST(night, hours_of_a_failure_are_those_of_the_cells_that_saw_it) {
  std::vector const tonight{cell("always", 8, 2, {{"s", 8}}), cell("never", 400, 200)};
  std::vector const before{cell("always", 60, 15, {{"s", 60}}), cell("never", 300, 150)};
  auto const report = report_of_night("tonight", tonight, "before", before);
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0].how, change::no_difference);
  EXPECT_EQ(report.failures[0].numbers.a.hours, 2);
  EXPECT_EQ(report.failures[0].numbers.b.hours, 15);
}

// Nor does running a recipe less make a failure rarer that shows in several.
TEST(night, cells_that_only_one_night_saw_it_in_count_on_both_sides) {
  std::vector const tonight{cell("x", 10, 5, {{"s", 2}}), cell("y", 10, 5)};
  std::vector const before{cell("x", 10, 5), cell("y", 40, 20, {{"s", 3}})};
  auto const report = report_of_night("tonight", tonight, "before", before);
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0].numbers.a.hours, 10);
  EXPECT_EQ(report.failures[0].numbers.b.hours, 25);
}

TEST(night, a_new_failure_where_the_other_night_did_not_run_is_new) {
  std::vector const tonight{cell("x", 10, 5), cell("fresh", 4, 2, {{"s", 1}})};
  std::vector const before{cell("x", 10, 5), cell("old", 4, 2, {{"t", 1}})};
  auto const report = report_of_night("tonight", tonight, "before", before);
  ASSERT_EQ(report.failures.size(), 1U) << "t may be there still: nobody looked";
  EXPECT_EQ(report.failures[0].numbers.signature, "s");
  EXPECT_EQ(report.failures[0].how, change::new_);
  EXPECT_EQ(report.failures[0].sentence, "before was never exposed: nothing can be compared.");
}

TEST(night, what_a_guest_named_paints_no_page) {
  std::vector<store::cell_tally> const cells{cell("x", 2, 1, {{"<script>\x1b[2J", 1}})};
  auto const report = report_of_night("n", cells);
  EXPECT_THAT(night_html(report), Not(HasSubstr("<script>")));
  EXPECT_THAT(night_text(report), Not(HasSubstr("\x1b")));
  EXPECT_THAT(night_junit(report), HasSubstr("&lt;script&gt;"));
}

}  // namespace
}  // namespace wedgehog::report
