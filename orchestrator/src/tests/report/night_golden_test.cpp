// A small night against another one, in all the forms that a report has, against files that a
// person has read.
#include <gmock/gmock.h>

#include <set>

#include "golden.hpp"
#include "report/night_report.hpp"
#include "well_formed.hpp"

namespace wedgehog::report {
namespace {

using ::testing::UnorderedElementsAre;

using hits = std::map<std::string, std::int64_t>;

store::cell_tally cell(std::string recipe, std::string variant, std::int64_t runs, double hours,
                       hits seen = {}) {
  store::cell_tally one;
  one.recipe = std::move(recipe);
  one.variant = std::move(variant);
  one.image = "linux";
  one.kernel = "6.1.0-57-cloud-amd64";
  one.runs = runs;
  one.hours = hours;
  one.hits = std::move(seen);
  return one;
}

// Every change that there is, a cell that always fails, one that sometimes does, runs that were
// void, failed without a name or are under way, and cells that only one of the nights has.
std::vector<store::cell_tally> tonight() {
  std::vector cells{
      cell("xfs-log", "scheduler=none", 200, 40,
           {{"xlog_wait_on_iclog", 64}, {"io_schedule+md", 2}, {"jbd2_log_wait_commit", 3}}),
      cell("xfs-log", "scheduler=bfq", 120, 24),
      cell("lost-wakeup", "", 8, 0.25, {{"lab_wait \"a & b\"", 8}}),
      cell("only-tonight", "", 3, 0.5, {{"ext4_new", 1}})};
  cells[0].void_runs = {{"host-starved", 4}, {"invalid", 1}};
  cells[0].unnamed = 1;
  cells[1].under_way = 2;
  return cells;
}

std::vector<store::cell_tally> last_night() {
  return {
      cell(
          "xfs-log", "scheduler=none", 190, 38,
          {{"xlog_wait_on_iclog", 8}, {"raid5_get_active_stripe", 5}, {"jbd2_log_wait_commit", 2}}),
      cell("xfs-log", "scheduler=bfq", 120, 24, {{"bfq_lock", 60}, {"jbd2_log_wait_commit", 1}}),
      cell("lost-wakeup", "", 60, 2, {{"lab_wait \"a & b\"", 60}}),
      cell("only-before", "fs=ext4", 6, 1)};
}

night_report alone() {
  return report_of_night("nightly", tonight());
}

// bfq_lock less often: it was seen 60 times, and once tonight.
night_report against() {
  auto cells = tonight();
  cells[1].hits["bfq_lock"] = 1;
  return report_of_night("nightly", cells, "nightly-before", last_night());
}

struct nights : ::testing::TestWithParam<golden> {};

TEST_P(nights, are_as_they_were_read) {
  expect_as_read(GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    golden, nights,
    ::testing::Values(golden{"night.txt", [] { return night_text(against()); }},
                      golden{"night.json", [] { return night_json(against()); }},
                      golden{"night.html", [] { return night_html(against()); }},
                      golden{"night.junit.xml", [] { return night_junit(against()); }},
                      golden{"night-alone.txt", [] { return night_text(alone()); }},
                      golden{"night-alone.junit.xml", [] { return night_junit(alone()); }}));

TEST(sample_nights, have_every_change_that_there_is) {
  std::set<std::string> seen;
  for (auto const& one : against().failures) seen.insert(std::string(name_of(one.how)));
  EXPECT_THAT(seen,
              UnorderedElementsAre("new", "gone", "more-often", "less-often", "no-difference"));
}

TEST(night_json, parses_and_says_each_change) {
  auto const read = json::parse(night_json(against()));
  std::map<std::string, std::string> changes;
  for (auto const& one : read.at("failures").as_array())
    changes[std::string(one.at("signature").as_string())] =
        std::string(one.at("change").as_string());
  EXPECT_EQ(changes,
            (std::map<std::string, std::string>{{"io_schedule+md", "new"},
                                                {"ext4_new", "new"},
                                                {"", "new"},
                                                {"raid5_get_active_stripe", "gone"},
                                                {"xlog_wait_on_iclog", "more-often"},
                                                {"bfq_lock", "less-often"},
                                                {"lab_wait \"a & b\"", "no-difference"},
                                                {"jbd2_log_wait_commit", "no-difference"}}));
  EXPECT_EQ(read.at("night").at("void").at("host-starved").as_int64(), 4);
  EXPECT_EQ(read.at("only_there").at(0).as_string(), "only-before [fs=ext4] on linux");
}

TEST(night_junit, is_well_formed_and_its_counts_are_right) {
  for (auto const& xml : {night_junit(against()), night_junit(alone())}) {
    EXPECT_EQ(complaint_about(xml), "") << xml;
    auto const times = [&](std::string const& what) {
      int count = 0;
      for (auto at = xml.find(what); at != std::string::npos; at = xml.find(what, at + 1)) ++count;
      return std::to_string(count);
    };
    EXPECT_NE(xml.find("tests=\"" + times("<testcase ") + "\""), std::string::npos) << xml;
    EXPECT_NE(xml.find("failures=\"" + times("<failure ") + "\""), std::string::npos) << xml;
    EXPECT_NE(xml.find("errors=\"" + times("<error ") + "\""), std::string::npos) << xml;
  }
}

TEST(well_formedness, the_checker_itself_finds_what_it_should) {
  std::string const start = "<?xml?>";
  EXPECT_EQ(complaint_about(start + "<a b=\"c\"><d/>&lt;</a>"), "");
  for (auto const* bad : {"<a>", "<a></b>", "<a b=\"<\"/>", "<a>&x;</a>", "<a>></a>", "</a>"})
    EXPECT_NE(complaint_about(start + bad), "") << bad;
}

}  // namespace
}  // namespace wedgehog::report
