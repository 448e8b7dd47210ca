#include "vm/console.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "loop/temporary.hpp"
#include "tests/loop_runner.hpp"

namespace wedgehog::vm {
namespace {

using lines = std::vector<std::pair<std::string, bool>>;

lines cut(std::vector<std::string_view> const& pieces) {
  lines got;
  line_cutter cutter;
  auto const keep = [&](std::string line, bool partial) {
    got.emplace_back(std::move(line), partial);
  };
  for (auto piece : pieces) cutter.feed(piece, keep);
  cutter.flush(keep);
  return got;
}

TEST(line_cutter, the_same_lines_however_the_bytes_arrive) {
  std::string const text = "one\r\ntwo\n\nlast words";
  lines const whole = cut({text});
  EXPECT_EQ(whole, (lines{{"one", false}, {"two", false}, {"", false}, {"last words", true}}));
  for (std::size_t i = 0; i <= text.size(); ++i)
    EXPECT_EQ(cut({std::string_view(text).substr(0, i), std::string_view(text).substr(i)}), whole)
        << i;
}

TEST(line_cutter, a_flood_without_line_ends_comes_in_bounded_pieces) {
  std::string const flood(3 * line_cutter::bound + 5, 'x');
  auto const got = cut({flood, "\n"});
  ASSERT_EQ(got.size(), 4U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(got[i].first.size(), line_cutter::bound);
    EXPECT_TRUE(got[i].second);
  }
  EXPECT_EQ(got[3], (std::pair<std::string, bool>{"xxxxx", false}));
}

TEST(console_reader, sees_what_qemu_appends) {
  boost::asio::io_context context;
  auto place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  auto const path = place->path() + "/console.raw";
  auto reader = console_reader::open(context.get_executor(), path);
  ASSERT_TRUE(reader) << reader.error().message();
  lines got;
  auto const keep = [&](std::string line, bool partial) {
    got.emplace_back(std::move(line), partial);
  };
  std::ofstream(path, std::ios::app) << "boot\nhal";
  reader->drain(keep);
  std::ofstream(path, std::ios::app) << "f\n# ";
  reader->finish(keep);
  EXPECT_EQ(got, (lines{{"boot", false}, {"half", false}, {"# ", true}}));
}

TEST(console_reader, the_next_life_of_a_machine_is_read_from_where_it_begins) {
  boost::asio::io_context context;
  auto place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  auto const path = place->path() + "/console.raw";
  std::ofstream(path, std::ios::app) << "an earlier life\n";
  auto reader = console_reader::open(context.get_executor(), path);
  ASSERT_TRUE(reader);
  lines got;
  auto const keep = [&](std::string line, bool partial) {
    got.emplace_back(std::move(line), partial);
  };
  std::ofstream(path, std::ios::app) << "boot\n";
  reader->finish(keep);
  EXPECT_EQ(got, (lines{{"boot", false}}));
  reader->close();
  std::ofstream(path, std::ios::app) << "nobody listens\n";
  reader->drain(keep);
  EXPECT_EQ(got.size(), 1U);
}

TEST(console_reader, a_flood_does_not_fill_the_disk) {
  boost::asio::io_context context;
  auto place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  auto const path = place->path() + "/console.raw";
  auto reader = console_reader::open(context.get_executor(), path);
  ASSERT_TRUE(reader);
  std::string const block(1U << 20U, '.');
  {
    std::ofstream file(path, std::ios::app);
    for (int i = 0; i < 160; ++i) file << block;
  }
  std::size_t seen = 0;
  reader->drain([&](std::string const& line, bool) { seen += line.size(); });
  EXPECT_EQ(seen, 160U << 20U);
  EXPECT_GT(reader->forgotten(), 30U << 20U);
}

}  // namespace
}  // namespace wedgehog::vm
