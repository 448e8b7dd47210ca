#include "vm/direct/console.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

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

// QEMU takes what is typed as fast as the guest's UART does, and forgets the rest when the line is
// hung up. So nobody hangs up before all was taken.
std::string taken_slowly(int listening) {
  loop::descriptor const line(::accept(listening, nullptr, nullptr));
  std::string taken;
  for (;;) {
    pollfd look{line.get(), POLLIN, 0};
    ::poll(&look, 1, 5000);
    if ((look.revents & POLLHUP) != 0 || (look.revents & POLLIN) == 0) return taken;
    std::array<char, 8> bytes{};
    auto const got = ::read(line.get(), bytes.data(), bytes.size());
    if (got <= 0) return taken;
    taken.append(bytes.data(), static_cast<std::size_t>(got));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

TEST(console, all_that_is_typed_arrives) {
  auto place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  auto const socket = place->path() + "/line";
  loop::descriptor const listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  socket.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listening.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listening.get(), 1), 0);
  std::string taken;
  std::thread qemu([&] { taken = taken_slowly(listening.get()); });
  std::string const text = "echo all of this line is longer than what a UART takes at once\n";
  result<void> typed;
  boost::asio::io_context context;
  loop::real_clock time;
  auto opened = console::open(context.get_executor(), time, place->path() + "/console.raw", socket);
  ASSERT_TRUE(opened);
  serial_console::typing const work = [&text](keyboard& keys) { return keys.write(text); };
  auto const typing = [&]() -> loop::awaitable<void> { typed = co_await opened->type(work); };
  testing::run_to_end(context, typing());
  qemu.join();
  EXPECT_TRUE(typed) << typed.error().message();
  EXPECT_EQ(taken, text);
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
