// Where a node keeps a run meanwhile, and how its order comes.
#include "farm/stream/node_place.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "folder/files.hpp"
#include "tests/own_folder.hpp"

namespace wedgehog::farm::stream {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST(place_on_a_node, goes_with_its_owner_and_takes_along_what_the_killed_left) {
  testing::own_folder below;
  fs::create_directories(below / "wedgehog-stream-killed/run-1");
  fs::create_directories(below / "somebody-else");
  fs::create_directory_symlink(below / "somebody-else", below / "wedgehog-stream-link");
  fs::path mine;
  {
    auto const place = node_place::make(below.path());
    ASSERT_TRUE(place);
    mine = place->path();
    EXPECT_FALSE(fs::exists(below / "wedgehog-stream-killed"));
    EXPECT_TRUE(fs::exists(below / "somebody-else"));
    auto const other = node_place::make(below.path());
    ASSERT_TRUE(other);
    EXPECT_TRUE(fs::exists(mine)) << "who lives is not swept";
  }
  EXPECT_FALSE(fs::exists(mine));
}

struct orders : ::testing::Test {
  result<fs::path> receive(std::vector<message> const& all) {
    loop::descriptor const file(
        ::open((below / "bytes").c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600));
    message_writer writer;
    for (auto const& one : all) {
      auto const frame = writer.frame_of(one);
      EXPECT_EQ(::write(file.get(), frame.data(), frame.size()),
                static_cast<ssize_t>(frame.size()));
    }
    ::lseek(file.get(), 0, SEEK_SET);
    message_reader reader(limits_of_order());
    return receive_order(file.get(), place, reader);
  }
  testing::own_folder below;
  node_place place = node_place::make(below.path()).value();
};

TEST_F(orders, become_a_folder_of_the_runs_name) {
  auto const folder =
      receive({opening{.wedgehog_stream = 1, .run = "run-7"}, piece{"order.json", 0, "{\"a\":"},
               piece{"order.json", 5, "1}"}, end{}});
  ASSERT_TRUE(folder);
  EXPECT_EQ(*folder, place.path() / "run-7");
  EXPECT_EQ(folder::read_document(*folder / folder::names::order).value(), "{\"a\":1}");
}

TEST_F(orders, are_all_that_may_come) {
  opening const hello{.wedgehog_stream = 1, .run = "run-7"};
  EXPECT_THAT(receive({hello, piece{"run.json", 0, "x"}, end{}}).error().message(),
              HasSubstr("something else than an order"));
  EXPECT_THAT(receive({hello, piece{"order.json", 0, "x"}}).error().message(),
              HasSubstr("who started this is gone"));
  EXPECT_THAT(receive({}).error().message(), HasSubstr("no order came"));
}

}  // namespace
}  // namespace wedgehog::farm::stream
