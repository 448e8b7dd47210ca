// Starting a machine where something is missing, and following many consoles at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "loop/nursery.hpp"
#include "loop/temporary.hpp"
#include "tests/loop_runner.hpp"
#include "vm/direct/backend.hpp"
#include "vm/direct/console.hpp"

namespace wedgehog::vm::direct {
namespace {

namespace files = std::filesystem;
using namespace std::chrono_literals;

// How often somebody asked for the time: a loop that never sleeps asks all the time.
class counting_clock final : public loop::clock {
 public:
  [[nodiscard]] loop::time_point now() const override {
    ++asked;
    return real_.now();
  }
  loop::awaitable<void> sleep_until(loop::time_point deadline) override {
    return real_.sleep_until(deadline);
  }
  mutable std::size_t asked = 0;

 private:
  loop::real_clock real_;
};

loop::awaitable<void> start(vm::backend& from, machine_spec spec, loop::duration limit,
                            std::string& said) {
  guest_profile const guest;
  auto const made = co_await from.start(spec, guest, limit);
  said = made ? "started" : made.error().message();
}

TEST(start, a_monitor_that_cannot_be_connected_to_keeps_no_processor_busy) {
  auto const place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  auto const silent = place->path() + "/qemu";
  std::ofstream(silent) << "#!/bin/sh\nexec sleep 600\n";
  files::permissions(silent, files::perms::owner_all);
  counting_clock time;
  backend from(time, {silent});
  machine_spec spec;
  // Longer than the path of a socket may be: each try fails at once, as it does without
  // descriptors.
  spec.place = {"/" + std::string(120, 'x'), place->path()};
  boost::asio::io_context context;
  std::string said;
  wedgehog::testing::run_to_end(context, start(from, spec, 300ms, said));
  EXPECT_THAT(said, ::testing::HasSubstr("its monitor did not answer within"));
  EXPECT_LT(time.asked, 200U);
}

std::size_t inotify_instances() {
  std::size_t count = 0;
  for (auto const& entry : files::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    if (files::read_symlink(entry.path(), ignored) == "anon_inode:inotify") ++count;
  }
  return count;
}

loop::awaitable<void> follow(console& one, std::vector<std::string>& lines) {
  line_cutter::sink const keep = [&lines](std::string line, bool) {
    lines.push_back(std::move(line));
  };
  co_await one.follow(keep);
}

loop::awaitable<void> write_and_hear(loop::clock& time, std::string folder, std::size_t number,
                                     std::vector<std::string>& lines) {
  loop::nursery followers(co_await loop::asio::this_coro::executor);
  auto const executor = co_await loop::asio::this_coro::executor;
  std::vector<std::unique_ptr<console>> consoles;
  for (std::size_t i = 0; i < number; ++i) {
    auto made = console::open(executor, time, folder + "/" + std::to_string(i));
    EXPECT_TRUE(made) << made.error().message();
    if (!made) co_return;
    consoles.push_back(std::make_unique<console>(std::move(made.value())));
    followers.spawn(follow(*consoles.back(), lines));
  }
  EXPECT_EQ(inotify_instances(), 1U);
  std::ofstream(folder + "/7", std::ios::app) << "seven\n";
  std::ofstream(folder + "/199", std::ios::app) << "last\n";
  for (int i = 0; i < 500 && lines.size() < 2; ++i) co_await time.sleep_for(10ms);
  co_await followers.stop();
}

TEST(consoles, two_hundred_need_one_inotify_instance) {
  auto const place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  loop::real_clock time;
  boost::asio::io_context context;
  std::vector<std::string> lines;
  wedgehog::testing::run_to_end(context, write_and_hear(time, place->path(), 200, lines));
  EXPECT_THAT(lines, ::testing::UnorderedElementsAre("seven", "last"));
}

loop::awaitable<void> open_without_inotify(loop::clock& time, std::string file,
                                           std::vector<std::string>& lines) {
  auto const executor = co_await loop::asio::this_coro::executor;
  co_await time.sleep_for(1ms);  // the loop has its own descriptors by now
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  int const next = ::dup(0);
  ::close(next);
  // One more for the file, and none for the kernel's watch on it.
  rlimit const low{static_cast<rlim_t>(next) + 1, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &low);
  auto made = console::open(executor, time, file);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(made) << made.error().message();
  if (!made) co_return;
  EXPECT_EQ(inotify_instances(), 0U);
  loop::nursery followers(executor);
  followers.spawn(follow(made.value(), lines));
  std::ofstream(file, std::ios::app) << "heard\nlogin: ";
  for (int i = 0; i < 500 && lines.size() < 2; ++i) co_await time.sleep_for(10ms);
  co_await followers.stop();
}

TEST(consoles, one_that_the_kernel_does_not_watch_is_looked_at) {
  auto const place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  loop::real_clock time;
  boost::asio::io_context context;
  std::vector<std::string> lines;
  auto const file = place->path() + "/console";
  wedgehog::testing::run_to_end(context, open_without_inotify(time, file, lines));
  EXPECT_THAT(lines, ::testing::ElementsAre("heard", "login: "));
}

}  // namespace
}  // namespace wedgehog::vm::direct
