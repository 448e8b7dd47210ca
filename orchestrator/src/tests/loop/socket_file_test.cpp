#include "loop/socket_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <fstream>

#include "loop/temporary.hpp"

namespace wedgehog::loop {
namespace {

namespace fs = std::filesystem;

TEST(socket_file, only_a_socket_makes_room) {
  auto const home = temporary_directory::make();
  ASSERT_TRUE(home);
  auto const socket = home->path() + "/socket";
  boost::asio::io_context context;
  {
    boost::asio::local::stream_protocol::acceptor const left(
        context, boost::asio::local::stream_protocol::endpoint(socket));
  }
  ASSERT_TRUE(fs::exists(socket));
  EXPECT_TRUE(remove_old_socket(socket));
  EXPECT_FALSE(fs::exists(socket));
  EXPECT_TRUE(remove_old_socket(socket)) << "nothing there is nothing to do";

  auto const file = home->path() + "/precious";
  std::ofstream(file) << "content";
  auto const link = home->path() + "/link";
  fs::create_symlink(file, link);
  auto const pipe = home->path() + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (auto const& other : {file, link, pipe, home->path()}) {
    auto const refused = remove_old_socket(other);
    ASSERT_FALSE(refused) << other;
    EXPECT_EQ(refused.error().whose(), blame::recipe);
    EXPECT_TRUE(fs::exists(fs::symlink_status(other))) << other;
  }
}

}  // namespace
}  // namespace wedgehog::loop
