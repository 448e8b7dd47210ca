#include "loop/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "tests/file_text.hpp"
#include "tests/loop_runner.hpp"

namespace wedgehog::loop {
namespace {

using wedgehog::testing::run_to_end;

awaitable<void> wait_for(process& child, exit_status& status) {
  status = co_await child.wait();
}

TEST(process, exit_code_and_output) {
  asio::io_context context;
  auto const file =
      std::filesystem::temp_directory_path() / ("wedgehog-" + std::to_string(getpid()));
  auto child = process::start(context.get_executor(),
                              {.argv = {"sh", "-c", "echo out; echo $WORD >&2; exit 3"},
                               .environment = {{"WORD", "err"}},
                               .output_file = file.string()});
  ASSERT_TRUE(child) << child.error().message();
  exit_status status;
  run_to_end(context, wait_for(child.value(), status));
  EXPECT_EQ(status.code, 3);
  auto const all = testing::text_of(file);
  EXPECT_EQ(all, "out\nerr\n");
  std::filesystem::remove(file);
}

TEST(process, reads_and_writes_what_it_is_given) {
  asio::io_context context;
  int down[2];
  int up[2];
  ASSERT_EQ(::pipe2(down, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(up, O_CLOEXEC), 0);
  auto child =
      process::start(context.get_executor(), {.argv = {"cat"}, .input = down[0], .output = up[1]});
  ASSERT_TRUE(child) << child.error().message();
  ::close(down[0]);
  ::close(up[1]);
  ASSERT_EQ(::write(down[1], "word", 4), 4);
  ::close(down[1]);
  exit_status status;
  run_to_end(context, wait_for(child.value(), status));
  EXPECT_EQ(status.code, 0);
  char said[8];
  EXPECT_EQ(std::string(said, static_cast<std::size_t>(::read(up[0], said, sizeof said))), "word");
  ::close(up[0]);
}

std::string huge_pages_of_child(bool wanted) {
  asio::io_context context;
  int up[2];
  if (::pipe2(up, O_CLOEXEC) != 0) return "no pipe";
  auto child = process::start(context.get_executor(),
                              {.argv = {"sed", "-n", "s/THP_enabled:.//p", "/proc/self/status"},
                               .output = up[1],
                               .huge_pages = wanted});
  ::close(up[1]);
  if (!child) return child.error().message();
  exit_status status;
  run_to_end(context, wait_for(child.value(), status));
  char said[8];
  auto const got = ::read(up[0], said, sizeof said);
  ::close(up[0]);
  return {said, static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

TEST(process, a_child_goes_without_huge_pages_when_it_is_to) {
  auto const ours = testing::text_of("/proc/self/status");
  EXPECT_EQ(huge_pages_of_child(false), "0\n");
  EXPECT_EQ(huge_pages_of_child(true) == "1\n", ours.find("THP_enabled:\t1") != std::string::npos);
}

TEST(process, a_missing_program_is_named) {
  asio::io_context context;
  auto child = process::start(context.get_executor(), {.argv = {"/no/such/program"}});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().message(), "starting /no/such/program: No such file or directory");
}

TEST(process, a_signal_is_told_apart) {
  asio::io_context context;
  auto child = process::start(context.get_executor(), {.argv = {"sleep", "1000"}});
  ASSERT_TRUE(child);
  EXPECT_FALSE(child->poll());
  EXPECT_TRUE(child->signal(SIGTERM));
  exit_status status;
  run_to_end(context, wait_for(child.value(), status));
  EXPECT_EQ(describe(status), "killed by SIGTERM");
  EXPECT_FALSE(child->signal(SIGTERM));
}

// A listening socket that lives on in somebody's child takes clients that nobody serves.
TEST(process, a_child_has_only_what_it_is_given) {
  int leaked[2];
  int given[2];
  ASSERT_EQ(::pipe(leaked), 0);
  ASSERT_EQ(::pipe2(given, O_CLOEXEC), 0);
  asio::io_context context;
  auto const script = "test ! -e /proc/self/fd/" + std::to_string(leaked[0]) +
                      " && test -e /proc/self/fd/" + std::to_string(given[0]);
  auto child = process::start(context.get_executor(),
                              {.argv = {"sh", "-c", script}, .inherited = {given[0]}});
  ASSERT_TRUE(child) << child.error().message();
  exit_status status;
  run_to_end(context, wait_for(child.value(), status));
  EXPECT_TRUE(status.clean()) << describe(status);
  for (int const fd : {leaked[0], leaked[1], given[0], given[1]}) ::close(fd);
}

TEST(process, leaving_scope_kills_the_whole_group) {
  asio::io_context context;
  pid_t pid = 0;
  {
    auto child =
        process::start(context.get_executor(), {.argv = {"sh", "-c", "sleep 1000 & sleep 1000"}});
    ASSERT_TRUE(child);
    pid = child->pid();
  }
  // The shell is reaped; its children are orphans of the same group and die of the same signal.
  for (int i = 0; i < 200 && ::kill(-pid, 0) == 0; ++i) ::usleep(10'000);
  EXPECT_NE(::kill(-pid, 0), 0);
}

TEST(process, dies_with_its_parent) {
  int report[2];
  ASSERT_EQ(::pipe(report), 0);
  pid_t const parent = ::fork();
  if (parent == 0) {
    asio::io_context context;
    auto child = process::start(context.get_executor(), {.argv = {"sleep", "1000"}});
    pid_t const pid = child->pid();
    [[maybe_unused]] auto ignored = ::write(report[1], &pid, sizeof pid);
    ::raise(SIGKILL);
  }
  ::close(report[1]);
  pid_t orphan = 0;
  ASSERT_EQ(::read(report[0], &orphan, sizeof orphan), static_cast<ssize_t>(sizeof orphan));
  ::close(report[0]);
  ::waitpid(parent, nullptr, 0);
  auto const gone = [&] {
    std::ifstream stat("/proc/" + std::to_string(orphan) + "/stat");
    std::string text;
    std::getline(stat, text);
    return text.empty() || text.find(") Z") != std::string::npos;
  };
  for (int i = 0; i < 300 && !gone(); ++i) ::usleep(10'000);
  EXPECT_TRUE(gone());
}

}  // namespace
}  // namespace wedgehog::loop
