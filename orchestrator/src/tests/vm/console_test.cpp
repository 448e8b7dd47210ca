#include "vm/direct/console.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "loop/temporary.hpp"
#include "tests/loop_runner.hpp"

namespace wedgehog::vm::direct {
namespace {

using lines = std::vector<std::pair<std::string, bool>>;

TEST(console, sees_what_qemu_appends) {
  boost::asio::io_context context;
  loop::real_clock time;
  auto place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  auto const path = place->path() + "/console.raw";
  auto reader = console::open(context.get_executor(), time, path);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(std::filesystem::status(path).permissions() & std::filesystem::perms::all,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
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

TEST(console, the_next_life_of_a_machine_is_read_from_where_it_begins) {
  boost::asio::io_context context;
  loop::real_clock time;
  auto place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  auto const path = place->path() + "/console.raw";
  std::ofstream(path, std::ios::app) << "an earlier life\n";
  auto reader = console::open(context.get_executor(), time, path);
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

TEST(console, a_flood_does_not_fill_the_disk) {
  boost::asio::io_context context;
  loop::real_clock time;
  auto place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  auto const path = place->path() + "/console.raw";
  auto reader = console::open(context.get_executor(), time, path);
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
}  // namespace wedgehog::vm::direct
