#include "faults/balloon_course.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::uint64_t mebibyte = 1U << 20U;

TEST(balloon_course, arrives_and_says_so_once) {
  balloon_course course(128 * mebibyte, 5s);
  EXPECT_EQ(course.see(0s, 256 * mebibyte), std::nullopt);
  EXPECT_EQ(course.see(1s, 200 * mebibyte), std::nullopt);
  auto const said = course.see(2s, 128 * mebibyte);
  ASSERT_TRUE(said);
  EXPECT_THAT(*said, HasSubstr("gave it all within 2.0 s"));
  EXPECT_EQ(course.see(60s, 128 * mebibyte), std::nullopt) << "there it may rest";
  EXPECT_TRUE(course.arrived());
  EXPECT_EQ(course.least(), 128 * mebibyte);
}

TEST(balloon_course, a_driver_that_stops_half_way_is_told_and_may_go_on) {
  balloon_course course(40 * mebibyte, 5s);
  EXPECT_EQ(course.see(0s, 192 * mebibyte), std::nullopt);
  EXPECT_EQ(course.see(1s, 78 * mebibyte), std::nullopt);
  EXPECT_EQ(course.see(5900ms, 78 * mebibyte), std::nullopt);
  auto const said = course.see(6s, 78 * mebibyte);
  ASSERT_TRUE(said);
  EXPECT_THAT(*said, HasSubstr("has stopped: 78MiB are left instead of 40MiB"));
  EXPECT_TRUE(course.stopped());
  EXPECT_EQ(course.see(7s, 78 * mebibyte), std::nullopt) << "once";
  auto const on = course.see(8s, 70 * mebibyte);
  ASSERT_TRUE(on);
  EXPECT_THAT(*on, HasSubstr("moves again"));
  EXPECT_TRUE(course.see(13s, 70 * mebibyte));
}

TEST(balloon_course, one_that_never_moves_has_stopped_too) {
  balloon_course course(40 * mebibyte, 5s);
  EXPECT_EQ(course.see(0s, 192 * mebibyte), std::nullopt);
  EXPECT_TRUE(course.see(5s, 192 * mebibyte));
}

TEST(balloon_course, more_than_was_asked_is_told) {
  balloon_course course(128 * mebibyte, 5s);
  EXPECT_EQ(course.see(0s, 256 * mebibyte), std::nullopt);
  auto const said = course.see(1s, 120 * mebibyte);
  ASSERT_TRUE(said);
  EXPECT_THAT(*said, HasSubstr("gave more than was asked: 120MiB are left instead of 128MiB"));
  EXPECT_EQ(course.see(2s, 119 * mebibyte), std::nullopt);
  EXPECT_EQ(course.least(), 119 * mebibyte);
}

}  // namespace
}  // namespace wedgehog::faults
