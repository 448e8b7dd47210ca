// What a person sees of a campaign, on terminals of every size.
#include "cli/campaign_table.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "report/columns.hpp"

namespace wedgehog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// So many cells in so many slots, with news and long names, some of them wide.
campaign_sight night_of(std::size_t cells, std::size_t slots, std::size_t news) {
  campaign_sight now{.name = "nightly", .where = fmt::format("up to {} children", slots)};
  now.elapsed_s = 3 * 3600 + 62;
  now.under_way = slots;
  now.runs_left = 12345;
  for (std::size_t i = 0; i < cells; ++i) {
    farm::cell_view cell{.name = {fmt::format("recipe-{}", i), "fs=xfs scheduler=none", "linux"}};
    if (i % 7 == 3) cell.name.recipe += "-with-a-name-that-is-longer-than-any-terminal-is-wide";
    if (i % 11 == 5) cell.name.recipe = "カーネル-" + std::to_string(i);
    cell.done = 1000 + i;
    cell.void_runs = i % 5;
    cell.hits = i % 50 == 49 ? i : 0;
    cell.hours = static_cast<double>(i) * 1.5;
    cell.under_way = i < slots ? 1 : 0;
    if (i % 13 == 12) cell.given_up = "5 runs in a row came to nothing, the last: invalid";
    now.cells.push_back(cell);
  }
  for (std::size_t i = 0; i < news; ++i)
    now.new_signatures.push_back(fmt::format("wedge/xlog_wait_on_iclog+{}", i));
  for (int i = 0; i < 16; ++i) now.ended.push_back(fmt::format("passed  run-{}", i));
  return now;
}

struct terminals : ::testing::TestWithParam<screen_size> {};

TEST_P(terminals, hold_every_night_with_a_row_and_a_column_to_spare) {
  for (std::size_t const cells : {0, 1, 5, 20, 57, 500})
    for (std::size_t const news : {0, 1, 3, 200}) {
      auto const lines = screen_of(night_of(cells, 300, news), GetParam());
      EXPECT_LT(lines.size(), std::max<std::size_t>(GetParam().rows, 2)) << cells << " " << news;
      for (auto const& line : lines)
        EXPECT_LT(report::width_of(line), std::max<std::size_t>(GetParam().columns, 2)) << line;
    }
}

TEST_P(terminals, show_how_the_night_stands_and_what_is_new) {
  if (GetParam().rows < 10) return;
  auto const lines = screen_of(night_of(500, 300, 200), GetParam());
  auto const all = std::accumulate(lines.begin(), lines.end(), std::string(),
                                   [](auto sum, auto const& line) { return sum + line + "\n"; });
  EXPECT_EQ(lines.size(), GetParam().rows - 1) << "and uses what there is";
  EXPECT_THAT(lines.front(), HasSubstr("300 under way"));
  EXPECT_THAT(all, HasSubstr("wedge/xlog_wait_on_iclog+199"));
  EXPECT_THAT(all, HasSubstr(" cells more: "));
  EXPECT_THAT(all, HasSubstr("runs"));
  EXPECT_THAT(all, HasSubstr("hits"));
}

INSTANTIATE_TEST_SUITE_P(of, terminals,
                         ::testing::Values(screen_size{24, 80}, screen_size{60, 200},
                                           screen_size{10, 40}, screen_size{5, 20},
                                           screen_size{1, 1}, screen_size{0, 0},
                                           screen_size{3, 500}),
                         [](auto const& info) {
                           return fmt::format("{}x{}", info.param.columns, info.param.rows);
                         });

TEST(screen, cells_with_hits_come_first_and_none_is_lost) {
  auto const lines = screen_of(night_of(500, 300, 0), {24, 80});
  EXPECT_THAT(lines[3], HasSubstr("-49 [fs=xfs"));
  // Head, and the runs that ended of late with what is summed up.
  auto const shown = lines.size() - 3 - 4;
  auto const rest = fmt::format("and {} cells more", 500 - shown);
  EXPECT_THAT(lines, ::testing::Contains(HasSubstr(rest)));
}

TEST(screen, a_narrow_one_leaves_out_what_is_missed_least) {
  auto const narrow = screen_of(night_of(3, 1, 0), {10, 40});
  EXPECT_THAT(narrow[2], HasSubstr("runs"));
  EXPECT_THAT(narrow[2], HasSubstr("hits"));
  EXPECT_THAT(narrow[2], Not(HasSubstr("hours")));
  auto const usual = screen_of(night_of(3, 1, 0), {24, 80});
  EXPECT_THAT(usual[2], HasSubstr("hits an hour (95 %)"));
  auto const broad = screen_of(night_of(3, 1, 0), {60, 200});
  for (auto const* word : {"runs", "void", "hits", "hours", "hits an hour (95 %)"})
    EXPECT_THAT(broad[2], HasSubstr(word));
}

TEST(screen, what_a_guest_named_moves_no_cursor) {
  auto now = night_of(1, 1, 0);
  now.new_signatures = {"\x1b[2J\nforged", "bad utf-8 \xff\xfe"};
  now.ended = {"passed \x1b]0;owned\x07"};
  for (auto const& line : screen_of(now, {24, 80})) {
    EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
  }
}

TEST(table, has_every_cell_in_lines_that_fit) {
  auto const lines = table_of(night_of(500, 300, 200), 100);
  EXPECT_EQ(lines.size(), 3 + 500 + 200U);
  for (auto const& line : lines) EXPECT_LE(report::width_of(line), 100U) << line;
}

TEST(width, counts_columns_and_not_bytes) {
  EXPECT_EQ(report::width_of("abc"), 3U);
  EXPECT_EQ(report::width_of("ü…"), 2U);
  EXPECT_EQ(report::width_of("漢🦔"), 4U);
  EXPECT_EQ(report::width_of("e\xcc\x81"), 1U) << "an accent on the letter before";
  EXPECT_EQ(report::cut_to("漢字漢字", 4), "漢~") << "half a wide one is none";
  EXPECT_EQ(report::cut_to("abcd", 4), "abcd");
  EXPECT_EQ(report::cut_to("abcde", 4), "abc~");
  EXPECT_EQ(report::cut_to("a", 0), "");
}

}  // namespace
}  // namespace wedgehog::cli
