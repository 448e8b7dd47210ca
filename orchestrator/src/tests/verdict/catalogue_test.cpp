// The lists that people read say what the code does.
#include "verdict/catalogue.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>
#include <utility>

#include "tests/file_text.hpp"
#include "verdict/merge.hpp"

namespace wedgehog::verdict {
namespace {

std::string contents(std::string const& path) {
  return testing::text_of(std::string(WEDGEHOG_SOURCE_DIR) + "/orchestrator/" + path);
}

// First column of the table under "## heading", without backticks.
std::vector<std::string> rows_under(std::string const& text, std::string const& heading) {
  std::vector<std::string> rows;
  auto at = text.find("## " + heading + "\n");
  if (at == std::string::npos) return rows;
  auto const end = text.find("\n## ", at + 1);
  std::string const part = text.substr(at, end == std::string::npos ? end : end - at);
  std::regex const row("\n\\| `([^`]+)` \\|");
  for (std::sregex_iterator each(part.begin(), part.end(), row), last; each != last; ++each)
    rows.push_back((*each)[1]);
  return rows;
}

TEST(catalogue, is_the_table_of_the_document_in_the_same_order) {
  std::vector<std::string> listed;
  for (auto const& one : catalogue()) listed.emplace_back(one.name);
  EXPECT_EQ(rows_under(contents("docs/verdicts.md"), "Detectors"), listed);
}

TEST(catalogue, names_every_detector_once_and_each_has_its_file) {
  std::set<std::string_view> names;
  for (auto const& one : catalogue()) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_NE(one.detect, nullptr);
    EXPECT_FALSE(contents("src/verdict/detectors/" + std::string(one.name) + ".cpp").empty())
        << one.name;
  }
}

TEST(catalogue, says_of_each_detector_on_which_signals_it_rests) {
  std::set<std::string> kinds;
  [&]<std::size_t... Index>(std::index_sequence<Index...>) {
    (kinds.emplace(timeline::kind_of(std::variant_alternative_t<Index, timeline::payload>{})), ...);
  }
  (std::make_index_sequence<std::variant_size_v<timeline::payload>>{});
  for (auto const& one : catalogue()) {
    std::istringstream words{std::string(one.from)};
    std::size_t count = 0;
    for (std::string word; words >> word; ++count)
      EXPECT_TRUE(kinds.contains(word)) << one.name << ": " << word;
    EXPECT_GT(count, 0U) << one.name;
  }
}

TEST(thresholds, stand_in_the_document) {
  std::vector<std::string> declared;
  std::string const header = contents("src/verdict/thresholds.hpp");
  std::regex const line("constexpr (?:double|int) ([a-z_]+) =");
  for (std::sregex_iterator each(header.begin(), header.end(), line), last; each != last; ++each)
    declared.push_back((*each)[1]);
  ASSERT_GT(declared.size(), 10U);
  EXPECT_EQ(rows_under(contents("docs/verdicts.md"), "Thresholds"), declared);
}

TEST(states, stand_in_the_document) {
  auto const rows = rows_under(contents("docs/verdicts.md"), "States");
  ASSERT_EQ(rows.size(), static_cast<std::size_t>(state_word::host_starved) + 1);
  for (std::size_t i = 0; i < rows.size(); ++i)
    EXPECT_EQ(rows[i], name_of(static_cast<state_word>(i)));
}

TEST(merge, the_first_state_wins_and_all_flags_stay) {
  finding flagged;
  flagged.flags = {flag_word::oops};
  flagged.because = {"oops"};
  finding first;
  first.state = state_word::slow;
  first.because = {"busy"};
  finding second;
  second.state = state_word::wedged;
  second.flags = {flag_word::oops, flag_word::cpu_stuck};
  finding const all[] = {flagged, first, second};
  auto const merged = merge(all);
  EXPECT_EQ(merged.state, state_word::slow);
  EXPECT_EQ(merged.flags, (std::vector{flag_word::oops, flag_word::cpu_stuck}));
  EXPECT_EQ(merged.because, (std::vector<std::string>{"busy", "oops"}));
  EXPECT_EQ(merge({}).state, state_word::ok);
}

}  // namespace
}  // namespace wedgehog::verdict
