#include "vm/accel.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "loop/temporary.hpp"
#include "tests/loop_runner.hpp"

namespace wedgehog::vm {
namespace {

using namespace std::chrono_literals;
constexpr auto qemu = "/usr/bin/qemu-system-x86_64";

loop::awaitable<void> probe(accelerator which, std::string program,
                            std::optional<result<loop::duration>>& out) {
  loop::real_clock time;
  out = co_await reach_marker(time, which, std::move(program), 30s);
}

loop::awaitable<void> choose(accel_choice asked, std::string cache,
                             std::optional<result<accel_answer>>& out, std::string program = qemu) {
  loop::real_clock time;
  out = co_await choose_accelerator(time, asked, std::move(program), std::move(cache));
}

TEST(accel, emulation_reaches_the_marker) {
  if (::access(qemu, X_OK) != 0) GTEST_SKIP() << "no qemu-system-x86_64";
  boost::asio::io_context context;
  std::optional<result<loop::duration>> took;
  wedgehog::testing::run_to_end(context, probe(accelerator::tcg, qemu, took));
  ASSERT_TRUE(took && *took) << took->error().message();
}

TEST(accel, a_qemu_that_refuses_is_quoted) {
  boost::asio::io_context context;
  std::optional<result<loop::duration>> took;
  wedgehog::testing::run_to_end(context, probe(accelerator::tcg, "/bin/false", took));
  ASSERT_TRUE(took && !*took);
  EXPECT_NE(took->error().message().find("exit code 1"), std::string::npos)
      << took->error().message();
}

TEST(accel, the_answer_is_remembered_for_this_boot_only) {
  if (::access(qemu, X_OK) != 0) GTEST_SKIP() << "no qemu-system-x86_64";
  auto place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  auto const cache = place->path() + "/cache/accel.json";
  boost::asio::io_context context;
  std::optional<result<accel_answer>> first;
  std::optional<result<accel_answer>> second;
  wedgehog::testing::run_to_end(context, choose(accel_choice::automatic, cache, first), 90s);
  wedgehog::testing::run_to_end(context, choose(accel_choice::automatic, cache, second), 90s);
  ASSERT_TRUE(*first && *second);
  EXPECT_FALSE((*first)->remembered);
  EXPECT_TRUE((*second)->remembered);
  EXPECT_EQ((*first)->chosen, (*second)->chosen);
  EXPECT_EQ((*first)->why, (*second)->why);
  std::string text;
  std::getline(std::ifstream(cache), text);
  auto const at = text.find("\"boot\":\"");
  ASSERT_NE(at, std::string::npos);
  text[at + 8] = text[at + 8] == '0' ? '1' : '0';
  std::ofstream(cache) << text;
  std::optional<result<accel_answer>> third;
  wedgehog::testing::run_to_end(context, choose(accel_choice::automatic, cache, third), 90s);
  ASSERT_TRUE(*third);
  EXPECT_FALSE((*third)->remembered);
}

TEST(accel, each_qemu_is_remembered) {
  if (::access(qemu, X_OK) != 0) GTEST_SKIP() << "no qemu-system-x86_64";
  auto place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  auto const cache = place->path() + "/accel.json";
  auto const other = place->path() + "/another-qemu";
  ASSERT_EQ(::symlink(qemu, other.c_str()), 0);
  boost::asio::io_context context;
  std::vector<bool> remembered;
  for (auto const& program : {std::string(qemu), other, std::string(qemu), other}) {
    std::optional<result<accel_answer>> answer;
    wedgehog::testing::run_to_end(context, choose(accel_choice::automatic, cache, answer, program),
                                  90s);
    ASSERT_TRUE(answer && *answer);
    remembered.push_back((*answer)->remembered);
  }
  EXPECT_EQ(remembered, (std::vector<bool>{false, false, true, true}));
}

}  // namespace
}  // namespace wedgehog::vm
