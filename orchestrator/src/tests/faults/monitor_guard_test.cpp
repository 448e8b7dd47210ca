// A real QEMU whose main loop waits for a request that a fault disk holds.
#include "faults/monitor_guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "faults/disk_set.hpp"
#include "loop/nursery.hpp"
#include "tests/loop_runner.hpp"
#include "tests/qmp/real_qemu.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class monitor_guard_test : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::qemu_is_installed()) GTEST_SKIP() << "qemu-system-x86_64 is not installed";
    std::ofstream(sockets.file("data.raw")).close();
    std::filesystem::resize_file(sockets.file("data.raw"), 1U << 20U);
  }
  void serve(bool keeps) {
    ASSERT_TRUE(disks.serve({.name = "data",
                             .file = sockets.file("data.raw"),
                             .served_at = sockets.file("nbd"),
                             .keeps_failed_reads = keeps,
                             .keeps_failed_others = keeps}));
  }

  // Served by this loop, so started while it runs.
  loop::awaitable<void> start() {
    auto started = testing::start_bare_qemu(
        context.get_executor(), {first, second},
        {"-blockdev",
         "driver=nbd,node-name=node-data,server.type=unix,server.path=" + sockets.file("nbd")});
    if (!started) throw std::runtime_error(started.error().message());
    qemu.emplace(std::move(*started));
    monitor = co_await connect(first);
    other = co_await connect(second);
  }
  loop::awaitable<qmp::client> connect(std::string path) {
    auto made = co_await qmp::client::connect(context.get_executor(), time, std::move(path));
    if (!made) throw std::runtime_error(made.error().message());
    co_return std::move(*made);
  }
  loop::awaitable<bool> answers() {
    auto const answer = co_await monitor.execute("query-status", 300ms);
    co_return answer.has_value();
  }
  // The guest-less way to drain: `qemu-io NODE` deletes its backend when it is done.
  loop::awaitable<void> get_stuck() {
    auto const held = disks.find("data")->inject("stuck=hold:operations=read");
    EXPECT_TRUE(held);
    json::object const arguments{{"command-line", "qemu-io node-data \"read 64k 4k\""}};
    auto const answer = co_await monitor.execute("human-monitor-command", arguments, 300ms);
    EXPECT_FALSE(answer);
  }
  vm::monitor_names names;
  monitor_guard::guarded_monitors guarded() {
    return {time,  monitor, other,
            names, disks,   [this](timeline::payload what) { noted.push_back(std::move(what)); }};
  }

  loop::awaitable<void> is_freed() {
    co_await start();
    bool const before = co_await answers();
    EXPECT_TRUE(before);
    co_await get_stuck();
    bool const deaf = co_await answers();
    EXPECT_FALSE(deaf);
    monitor_guard guard(guarded(), 1s);
    loop::nursery watching(context.get_executor());
    watching.spawn(guard.run());
    co_await time.sleep_for(4s);
    bool const after = co_await answers();
    EXPECT_TRUE(after);
    co_await watching.stop();
    co_await end();
  }
  loop::awaitable<void> is_left_alone() {
    co_await start();
    monitor_guard guard(guarded(), 500ms);
    loop::nursery watching(context.get_executor());
    watching.spawn(guard.run());
    co_await time.sleep_for(2s);
    co_await watching.stop();
    co_await end();
  }
  loop::awaitable<void> end() {
    disks.let_go();
    qemu->kill_group(SIGKILL);
    co_await qemu->wait();
    co_await disks.stop();
  }

  testing::directory_for_sockets sockets;
  std::string const first = sockets.file("first");
  std::string const second = sockets.file("second");
  boost::asio::io_context context{1};
  loop::real_clock time;
  disk_set disks{context.get_executor(), time, 1, {}};
  std::optional<loop::process> qemu;
  qmp::client monitor;
  qmp::client other;
  std::vector<timeline::payload> noted;
};

TEST_F(monitor_guard_test, a_monitor_that_waits_for_a_held_request_is_freed_and_that_is_told) {
  serve(false);
  testing::run_to_end(context, is_freed());
  ASSERT_EQ(noted.size(), 3U);
  EXPECT_EQ(std::get<timeline::milestone>(noted[0]).name, "monitor-stuck");
  EXPECT_THAT(std::get<timeline::milestone>(noted[0]).detail, HasSubstr("disk data"));
  EXPECT_EQ(std::get<timeline::fault>(noted[1]).action, "injected");
  EXPECT_EQ(std::get<timeline::milestone>(noted[2]).name, "monitor-freed");
}

TEST_F(monitor_guard_test, where_qemu_keeps_what_fails_no_connection_is_cut) {
  serve(true);
  testing::run_to_end(context, is_freed());
  ASSERT_EQ(noted.size(), 5U);
  EXPECT_TRUE(std::get<timeline::hold>(noted[1]).begins);
  EXPECT_FALSE(std::get<timeline::hold>(noted[2]).begins);
  auto const& done = std::get<timeline::fault>(noted[3]);
  EXPECT_EQ(done.kind + " " + done.action, "freeze injected");
  EXPECT_EQ(done.hits, 1U);
  EXPECT_EQ(std::get<timeline::milestone>(noted[4]).name, "monitor-freed");
}

TEST_F(monitor_guard_test, a_monitor_that_answers_is_left_alone) {
  serve(false);
  testing::run_to_end(context, is_left_alone());
  EXPECT_TRUE(noted.empty());
}

}  // namespace
}  // namespace wedgehog::faults
