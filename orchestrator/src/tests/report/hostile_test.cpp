// A guest may print whatever it likes. No report may let it say more than text.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "report/escape.hpp"
#include "report/report.hpp"
#include "sample_runs.hpp"

namespace wedgehog::report {
namespace {

std::vector<std::string> const hostile_texts{
    "</pre><script>alert(1)</script>",
    "\" onmouseover=\"alert(1)",
    "' onfocus='alert(1)",
    "]]> <!-- & &amp; &#0; <![CDATA[",
    "\x1b]0;owned\x07\x1b[2J\x9b",
    std::string("nul\0byte", 8),
    "bad utf-8: \xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82",
    "\xef\xbf\xbe noncharacter \xef\xbf\xbf",
    "line\nnot ok 1 - forged\n  ...\rok",
    "# SKIP todo \\# - :",
    "right \xe2\x80\xae to left",
};

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

bool is_valid_text(std::string const& text) {
  return text == clean(text);
}

// The part of XML 1.0 well-formedness that a forged text could break: tags nest, attributes are
// quoted and hold no <, & begins a reference. Returns what is wrong, or nothing.
std::string complaint_about(std::string_view xml) {
  std::vector<std::string> open;
  auto const is_reference = [&](std::size_t from) {
    for (std::string_view known : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"})
      if (xml.substr(from).starts_with(known)) return true;
    return false;
  };
  std::size_t i = xml.find("?>");
  if (i == std::string_view::npos) return "no declaration";
  for (i += 2; i < xml.size(); ++i) {
    if (xml[i] == '&' && !is_reference(i)) return "a bare &";
    if (xml[i] == '>') return "a bare >";
    if (xml[i] != '<') continue;
    std::size_t end = i + 1;
    for (char quote = 0; end < xml.size() && (quote != 0 || xml[end] != '>'); ++end) {
      if (xml[end] == '<') return "< inside a tag";
      if (xml[end] == '&' && !is_reference(end)) return "a bare & in a tag";
      if (quote == 0 && xml[end] == '"')
        quote = '"';
      else if (xml[end] == quote)
        quote = 0;
    }
    if (end >= xml.size()) return "a tag without end";
    auto tag = std::string(xml.substr(i + 1, end - i - 1));
    i = end;
    if (tag.back() == '/') continue;
    if (tag.front() == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return "</" + tag + " closes nothing";
      open.pop_back();
    } else {
      open.push_back(tag.substr(0, tag.find(' ')));
    }
  }
  return open.empty() ? "" : open.back() + " is never closed";
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

TEST(well_formedness, the_checker_itself_finds_what_it_should) {
  std::string const start = "<?xml?>";
  EXPECT_EQ(complaint_about(start + "<a b=\"c\"><d/>&lt;</a>"), "");
  for (auto const* bad : {"<a>", "<a></b>", "<a b=\"<\"/>", "<a>&x;</a>", "<a>></a>", "</a>"})
    EXPECT_NE(complaint_about(start + bad), "") << bad;
}

}  // namespace
}  // namespace wedgehog::report
