#include "folder/timeline_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "folder/pack.hpp"
#include "tests/file_text.hpp"
#include "tests/own_folder.hpp"

namespace wedgehog::folder {
namespace {

std::string lines(int from, int count) {
  std::string text;
  for (int i = from; i < from + count; ++i)
    text += "{\"t\":" + std::to_string(i) + ",\"signal\":\"beat\",\"source\":\"agent\"}\n";
  return text;
}

struct read_back {
  std::string text;
  timeline_extent extent;
};
read_back read(std::string_view bytes) {
  read_back all;
  all.extent = each_timeline_piece(bytes, [&all](std::string_view piece) { all.text += piece; });
  return all;
}

TEST(timeline_file, gives_back_piece_by_piece_what_was_appended) {
  testing::own_folder place;
  auto writer = timeline_writer::open(place / "t.zst");
  ASSERT_TRUE(writer);
  std::string whole;
  for (int i = 0; i < 40; ++i) {
    auto const piece = lines(i * 100, 100);
    ASSERT_TRUE(writer->append(piece));
    whole += piece;
  }
  std::string text;
  auto const extent =
      each_timeline_piece(place / "t.zst", [&text](std::string_view piece) { text += piece; });
  ASSERT_TRUE(extent);
  EXPECT_EQ(text, whole);
  EXPECT_EQ(extent->pieces, 40U);
  EXPECT_EQ(extent->damaged, 0U);
  EXPECT_FALSE(extent->cut_short);
  EXPECT_EQ(read(testing::text_of(place / "t.zst")).text, whole) << "bytes and file read alike";
  // Somebody who takes over goes on where it ended.
  auto again = timeline_writer::open(place / "t.zst");
  ASSERT_TRUE(again->append("more\n"));
  EXPECT_EQ(read(testing::text_of(place / "t.zst")).text, whole + "more\n");
}

TEST(timeline_file, is_followed_while_it_grows_by_any_bytes) {
  testing::own_folder place;
  auto const whole = place / "whole.zst";
  auto writer = timeline_writer::open(whole);
  std::string text;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(writer->append(lines(i * 10, 10)));
    text += lines(i * 10, 10);
  }
  auto const bytes = testing::text_of(whole);
  for (std::size_t const step : {1U, 7U, 100U, 10'000U}) {
    auto const file = place / ("growing-" + std::to_string(step));
    timeline_follower follower(file);
    std::string seen;
    auto const take = [&seen](std::string_view piece) { seen += piece; };
    EXPECT_EQ(follower.read_on(take)->pieces, 0U) << "it is not there yet";
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      std::ofstream(file, std::ios::binary | std::ios::app) << bytes.substr(at, step);
      auto const read = follower.read_on(take);
      ASSERT_TRUE(read);
      EXPECT_EQ(read->damaged, 0U);
      EXPECT_EQ(text.substr(0, seen.size()), seen) << "never ahead, never twice";
    }
    EXPECT_EQ(seen, text) << step;
  }
}

TEST(timeline_file, cut_at_any_byte_is_read_up_to_there) {
  std::string whole;
  std::string bytes;
  std::set<std::size_t> edges{0};
  for (int i = 0; i < 4; ++i) {
    whole += lines(i * 30, 30);
    bytes += pack(lines(i * 30, 30), 3);
    edges.insert(bytes.size());
  }
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    auto const part = read(std::string_view(bytes).substr(0, cut));
    ASSERT_TRUE(whole.starts_with(part.text)) << cut;
    ASSERT_EQ(part.extent.damaged, 0U) << cut;
    ASSERT_EQ(part.extent.cut_short, !edges.contains(cut)) << cut;
  }
  EXPECT_EQ(read(bytes).text, whole);
}

TEST(timeline_file, a_flipped_bit_costs_its_own_piece) {
  std::vector<std::string> pieces{lines(0, 30), lines(30, 30), lines(60, 30)};
  std::string bytes;
  for (auto const& piece : pieces) bytes += pack(piece, 3);
  auto const first = pack(pieces[0], 3).size();
  auto const second = first + pack(pieces[1], 3).size();
  for (std::size_t at = first; at < second; ++at) {
    auto broken = bytes;
    broken[at] = static_cast<char>(broken[at] ^ 0x10);
    auto const back = read(broken);
    // Where the bit made no difference (a header's spare), all is there; else the others are.
    if (back.text == pieces[0] + pieces[1] + pieces[2]) continue;
    ASSERT_TRUE(back.text.starts_with(pieces[0])) << at;
    ASSERT_TRUE(back.text.ends_with(pieces[2])) << at;
    ASSERT_GE(back.extent.damaged, 1U) << at;
  }
}

TEST(timeline_file, foreign_bytes_are_damage_and_end) {
  EXPECT_EQ(read("").extent.damaged, 0U);
  EXPECT_EQ(read("no zstd here").extent.damaged, 1U);
  EXPECT_EQ(read("\x28\xb5\x2f").extent.cut_short, true) << "a number that is cut";
  auto const back = read("rubbish" + pack("good\n", 3) + "rubbish");
  EXPECT_EQ(back.text, "good\n");
  EXPECT_EQ(back.extent.damaged, 2U);
}

TEST(timeline_file, a_link_or_a_folder_is_refused) {
  testing::own_folder place;
  std::filesystem::create_symlink("/etc/passwd", place / "link");
  EXPECT_FALSE(timeline_writer::open(place / "link"));
  EXPECT_FALSE(each_timeline_piece(place / "link", [](std::string_view) {}));
  EXPECT_FALSE(each_timeline_piece(place.path(), [](std::string_view) {}));
}

}  // namespace
}  // namespace wedgehog::folder
