// A guest may print whatever it likes. No report may let it say more than text.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "hostile_texts.hpp"
#include "report/escape.hpp"
#include "report/night_report.hpp"
#include "report/report.hpp"
#include "sample_runs.hpp"
#include "well_formed.hpp"

namespace wedgehog::report {
namespace {

// Every text that could come from a guest, a recipe or a command line is `text`.
store::stored_run full_of(std::string const& text) {
  auto run = sample_runs()[0];
  run.key.name = text;
  auto& facts = run.facts;
  for (auto* member :
       {&facts.recipe, &facts.recipe_file, &facts.recipe_text, &facts.variant, &facts.image,
        &facts.kernel, &facts.qemu, &facts.accelerator, &facts.host, &facts.command_line})
    *member = text;
  run.played->ended = run.played->steps = text;
  run.played->faults = {{text, text, 1}};
  auto& judged = *run.judged;
  judged.judge = judged.verdict = judged.kind = judged.expected = text;
  judged.signature = text;
  judged.because = {text, text};
  judged.stuck = {{.pid = 1, .name = text, .state = text, .wait_channel = text, .frames = {text}}};
  run.wreckage = text;
  return run;
}

// The same of a run with a folder.
store::stored_run in_a_folder_full_of(std::string const& text) {
  auto run = full_of(text);
  run.facts.uid = run.folder = text;
  return run;
}

night_report night_full_of(std::string const& text) {
  store::cell_tally both{.recipe = text, .variant = text, .image = text, .runs = 9, .hours = 3};
  both.hits = {{text, 2}};
  both.void_runs = {{text, 1}};
  auto here = both;
  here.recipe += " here";
  auto there = both;
  there.recipe += " there";
  std::vector const tonight{both, here};
  std::vector const before{both, there};
  return report_of_night(text, tonight, text, before);
}

bool is_valid_text(std::string const& text) {
  return text == clean(text);
}

std::size_t occurrences(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

struct hostile : ::testing::TestWithParam<std::string> {};

TEST_P(hostile, junit_stays_well_formed) {
  std::vector const runs{full_of(GetParam()), sample_runs()[1], sample_runs()[3]};
  auto const xml = junit_xml(runs, {"/data"});
  EXPECT_EQ(complaint_about(xml), "") << xml;
  EXPECT_TRUE(is_valid_text(xml));
  EXPECT_EQ(occurrences(xml, "<testcase "), 3U);
}

TEST_P(hostile, html_has_the_tags_that_we_wrote_and_no_others) {
  std::vector const harmless{full_of("x")};
  std::vector const runs{full_of(GetParam())};
  auto const page = html_page(runs, {"/data"});
  auto const usual = html_page(harmless, {"/data"});
  EXPECT_TRUE(is_valid_text(page));
  for (char c : {'<', '>', '"', '\''})
    EXPECT_EQ(std::count(page.begin(), page.end(), c), std::count(usual.begin(), usual.end(), c))
        << c << " in " << page;
  EXPECT_EQ(page.find("<script"), std::string::npos);
}

TEST_P(hostile, json_is_one_line_that_parses) {
  auto const& one = GetParam();
  for (auto const& text :
       {run_json(full_of(one), {"/data"}), run_json(in_a_folder_full_of(one), {"/data"}),
        tally_json({one, one, one, one, one, one, 1, 1, 0.5}),
        signature_json({one, one, one, 1, {}, {}, {1, one}, {one, one}})}) {
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    boost::system::error_code failure;
    auto const value = json::parse(text, failure);
    ASSERT_FALSE(failure) << text;
    EXPECT_EQ(std::string(value.at("verdict").as_string()), clean(one));
  }
}

TEST_P(hostile, tap_gains_no_line_and_no_directive) {
  std::vector const harmless{full_of("x")};
  std::vector const runs{full_of(GetParam())};
  for (auto const version : {tap_version::v13, tap_version::v14}) {
    auto const text = tap(runs, version, {"/data"});
    auto const usual = tap(harmless, version, {"/data"});
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'),
              std::count(usual.begin(), usual.end(), '\n'))
        << text;
    auto const result_line = text.substr(text.find("\nnot ok") + 1);
    auto const first = result_line.substr(0, result_line.find('\n'));
    for (auto at = first.find('#'); at != std::string::npos; at = first.find('#', at + 1))
      EXPECT_EQ(first[at - 1], '\\') << first;
  }
}

TEST_P(hostile, a_terminal_gets_no_command) {
  std::vector const runs{full_of(GetParam())};
  auto const& one = GetParam();
  std::vector<store::tally> const tallies{{one, one, one, one, one, one, 1, 1, 0.5}};
  std::vector<store::signature_sighting> const seen{
      {one, one, one, 1, {}, {}, {1, one}, {one, one}}};
  for (auto const& text :
       {one_run(runs[0], {"/data"}), run_table(runs), one_run(in_a_folder_full_of(one), {"/data"}),
        tally_table(tallies), signature_table(seen)}) {
    EXPECT_TRUE(is_valid_text(text));
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\r'), std::string::npos);
  }
  EXPECT_EQ(occurrences(run_table(runs), "\n"), 2U);
  EXPECT_EQ(occurrences(tally_table(tallies), "\n"), 2U);
  EXPECT_EQ(occurrences(signature_table(seen), "\n"), 3U) << "a line for its aliases";
}

TEST_P(hostile, a_comparison_is_one_line_of_json_that_parses) {
  auto const& one = GetParam();
  store::cell_tally cell{.recipe = one, .runs = 9, .hours = 3};
  cell.hits = {{one, 2}};
  cell.void_runs = {{one, 1}};
  std::vector const cells{cell};
  auto const side = side_of(one, one, cells);
  auto const text = comparison_json(side, side, each_failure(side, side));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  boost::system::error_code failure;
  auto const read = json::parse(text, failure);
  ASSERT_FALSE(failure) << text;
  EXPECT_EQ(read.at("failures").at(0).at("signature").as_string(), clean(one));
}

TEST_P(hostile, a_night_is_reported_as_text_and_nothing_else) {
  auto const report = night_full_of(GetParam());
  auto const usual = night_full_of("x");
  EXPECT_EQ(complaint_about(night_junit(report)), "") << night_junit(report);
  auto const page = night_html(report);
  auto const usual_page = night_html(usual);
  for (char c : {'<', '>', '"', '\''})
    EXPECT_EQ(std::count(page.begin(), page.end(), c),
              std::count(usual_page.begin(), usual_page.end(), c))
        << c << " in " << page;
  auto const object = night_json(report);
  EXPECT_EQ(std::count(object.begin(), object.end(), '\n'), 1);
  boost::system::error_code failure;
  auto const read = json::parse(object, failure);
  ASSERT_FALSE(failure) << object;
  EXPECT_EQ(read.at("failures").at(0).at("signature").as_string(), clean(GetParam()));
  auto const text = night_text(report);
  for (auto const& each : {text, page, object, night_junit(report)}) {
    EXPECT_TRUE(is_valid_text(each)) << each;
    EXPECT_EQ(each.find('\x1b'), std::string::npos);
  }
  EXPECT_EQ(occurrences(text, "\n"), occurrences(night_text(usual), "\n")) << text;
}

INSTANTIATE_TEST_SUITE_P(texts, hostile, ::testing::ValuesIn(hostile_texts));

TEST(clean, keeps_what_is_text) {
  std::string const text = "tab\tline\nümläut … 漢 🦔";
  EXPECT_EQ(clean(text), text);
  EXPECT_EQ(for_terminal("a\tb"), "a^Ib");
  EXPECT_EQ(clean("a\xff"
                  "b"),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(for_markup("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
}

TEST(clean, twice_is_as_good_as_once) {
  for (auto const& text : hostile_texts) EXPECT_EQ(clean(clean(text)), clean(text));
}

}  // namespace
}  // namespace wedgehog::report
