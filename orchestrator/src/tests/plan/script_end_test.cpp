#include "plan/script_end.hpp"

#include <gtest/gtest.h>

namespace wedgehog::plan {
namespace {

constexpr script_end success{};
constexpr script_end code_3{.exit_code = 3};
constexpr script_end code_205{.exit_code = 205};
constexpr script_end killed{.signal = 9};
constexpr script_end killed_below_the_shell{.exit_code = 137};

TEST(script_end, an_exit_code_is_no_signal) {
  run const three{.expect_exit = 3};
  EXPECT_TRUE(ended_as_expected(three, code_3));
  EXPECT_FALSE(ended_as_expected(three, success));
  EXPECT_FALSE(ended_as_expected(three, {.exit_code = 3, .signal = 9}));
  run const high{.expect_exit = 205};
  EXPECT_TRUE(ended_as_expected(high, code_205));
  EXPECT_EQ(describe_expected_end(high), "exit code 205");
}

TEST(script_end, anything_but_success) {
  run const failure{.expect_exit = 0, .expect_other = true};
  EXPECT_FALSE(ended_as_expected(failure, success));
  EXPECT_TRUE(ended_as_expected(failure, code_3));
  EXPECT_TRUE(ended_as_expected(failure, code_205));
  EXPECT_TRUE(ended_as_expected(failure, killed));
  EXPECT_EQ(describe_expected_end(failure), "anything but exit code 0");
}

TEST(script_end, any_exit_code_but_no_signal) {
  run const any{.expect_exit = -1};
  EXPECT_TRUE(ended_as_expected(any, success));
  EXPECT_TRUE(ended_as_expected(any, code_205));
  EXPECT_FALSE(ended_as_expected(any, killed));
  run const by_signal{.expect_exit = -1, .expect_other = true};
  EXPECT_FALSE(ended_as_expected(by_signal, code_3));
  EXPECT_TRUE(ended_as_expected(by_signal, killed));
}

TEST(script_end, a_signal_by_name_also_where_the_shell_saw_it) {
  run const by_kill{.expect_signal = "SIGKILL"};
  EXPECT_TRUE(ended_as_expected(by_kill, killed));
  EXPECT_TRUE(ended_as_expected(by_kill, killed_below_the_shell));
  EXPECT_FALSE(ended_as_expected(by_kill, {.signal = 11}));
  EXPECT_FALSE(ended_as_expected(by_kill, success));
  run const not_kill{.expect_signal = "SIGKILL", .expect_other = true};
  EXPECT_FALSE(ended_as_expected(not_kill, killed));
  EXPECT_TRUE(ended_as_expected(not_kill, success));
}

TEST(script_end, signals_have_names) {
  for (auto const& name : signal_names()) EXPECT_EQ(signal_name(name), name);
  EXPECT_EQ(signal_name("kill"), "SIGKILL");
  EXPECT_EQ(signal_name("SIGSEGV"), "SIGSEGV");
  EXPECT_EQ(signal_number("SIGSEGV"), 11U);
  EXPECT_EQ(signal_number("SIGXFSZ"), 25U);
  for (auto const* none : {"", "SIG", "SIGNONE", "any", "0", "9"})
    EXPECT_EQ(signal_name(none), std::nullopt) << none;
}

}  // namespace
}  // namespace wedgehog::plan
