#include "collectors/output_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <vector>

namespace wedgehog::collectors {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

// A source that speaks, and what of it reached the timeline.
struct speaker {
  explicit speaker(output_limits limits = {}) : lines(make(limits)) {}
  output_lines make(output_limits limits) {
    return {"workload", "fsx", [this](timeline::payload what) { hear(what); }, time, room, limits};
  }
  void hear(timeline::payload const& what) { heard.push_back(std::get<timeline::output>(what)); }

  void says(std::string bytes, int stream = 0, std::uint64_t lost = 0) {
    wire::output piece;
    piece.stream = static_cast<wire::output_stream>(stream);
    offsets[stream] += lost;
    piece.offset = offsets[stream];
    offsets[stream] += bytes.size();
    piece.bytes = std::move(bytes);
    lines.take(piece);
  }
  [[nodiscard]] std::vector<std::string> texts(std::string_view stream) const {
    std::vector<std::string> found;
    for (auto const& one : heard)
      if (one.stream == stream) found.push_back(one.text);
    return found;
  }
  // Everything that a stream produced is either told or said to be left out.
  [[nodiscard]] std::uint64_t accounted(std::string_view stream) const {
    std::uint64_t bytes = 0;
    for (auto const& one : heard)
      if (one.stream == stream) bytes += one.text.size() + (one.cut ? 0 : 1) + one.omitted;
    return bytes;
  }

  boost::asio::io_context context;
  loop::manual_clock time{context.get_executor()};
  output_room room;
  std::vector<timeline::output> heard;
  std::uint64_t offsets[2] = {};
  output_lines lines;
};

TEST(output_lines, streams_have_line_ends_of_their_own) {
  speaker one;
  one.says("16566");
  one.says("THE-", 1);
  one.says("8\n");
  one.says("REASON\n", 1);
  EXPECT_THAT(one.texts("stdout"), ElementsAre("165668"));
  EXPECT_THAT(one.texts("stderr"), ElementsAre("THE-REASON"));
  EXPECT_EQ(one.heard[0], (timeline::output{"workload", "fsx", "stdout", "165668", false, 0}));
}

TEST(output_lines, the_last_words_need_no_line_end) {
  speaker one;
  one.says("first\nlast words");
  EXPECT_THAT(one.texts("stdout"), ElementsAre("first"));
  one.lines.finish();
  EXPECT_THAT(one.texts("stdout"), ElementsAre("first", "last words"));
  EXPECT_TRUE(one.heard.back().cut);
}

TEST(output_lines, what_was_lost_before_it_came_is_said_where_it_was) {
  speaker one;
  one.says("whole\nhalf a li");
  one.says("ne further on\nwhole again\n", 0, 5000);
  EXPECT_THAT(one.texts("stdout"),
              ElementsAre("whole", "half a li", "ne further on", "whole again"));
  EXPECT_TRUE(one.heard[1].cut);
  EXPECT_EQ(one.heard[2].omitted, 5000U);
  EXPECT_EQ(one.heard[3].omitted, 0U);
  one.lines.expect(one.offsets[0] + 70, 0);
  one.lines.finish();
  EXPECT_EQ(one.heard.back().omitted, 70U);
  EXPECT_EQ(one.heard.back().text, "");
  EXPECT_EQ(one.accounted("stdout"), one.offsets[0] + 70);
}

TEST(output_lines, a_flood_keeps_its_beginning_its_end_and_the_count) {
  for (auto const* const line : {"", "x", "a line of the usual kind, number "}) {
    speaker one({.at_once = 10000, .per_second = 0, .tail = 1000});
    for (int i = 0; i < 20000; ++i) one.says(std::string(line) + "\n");
    one.says("THE-REASON\n");
    one.lines.finish();
    EXPECT_EQ(one.heard.front().text, line);
    EXPECT_EQ(one.heard.back().text, "THE-REASON");
    EXPECT_LT(one.heard.size(), 100U);
    EXPECT_EQ(one.accounted("stdout"), one.offsets[0]);
  }
}

TEST(output_lines, the_last_words_before_a_silence_come_when_there_is_room_again) {
  speaker one({.at_once = 2000, .per_second = 100, .tail = 1000});
  for (int i = 0; i < 1000; ++i) one.says("flood\n");
  one.says("BEFORE-IT-HUNG\n");
  EXPECT_NE(one.heard.back().text, "BEFORE-IT-HUNG");
  one.time.advance(20s);
  one.lines.settle();
  EXPECT_EQ(one.heard.back().text, "BEFORE-IT-HUNG");
  EXPECT_EQ(one.accounted("stdout"), one.offsets[0]);
}

TEST(output_lines, all_streams_share_what_a_run_has_room_for) {
  speaker one;
  one.room.left = 1000;
  for (int i = 0; i < 1000; ++i) one.says("flood\n", i % 2);
  EXPECT_LT(one.heard.size(), 10U);
  one.lines.finish();
  EXPECT_LT(one.heard.size(), 300U);  // the tails
  EXPECT_EQ(one.accounted("stdout"), one.offsets[0]);
  EXPECT_EQ(one.accounted("stderr"), one.offsets[1]);
}

TEST(output_lines, a_line_without_end_comes_in_bounded_pieces) {
  speaker one;
  one.says(std::string(100000, 'x'));
  one.lines.finish();
  for (auto const& line : one.heard) EXPECT_LE(line.text.size(), 8192U);
  EXPECT_EQ(one.accounted("stdout"), 100000U);
}

}  // namespace
}  // namespace wedgehog::collectors
