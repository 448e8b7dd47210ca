#include "vm/thread_stat.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace wedgehog::vm {
namespace {

TEST(thread_stat_of, names_may_hold_anything) {
  auto const stat =
      parse_stat("42 (CPU 0/TCG) x) S 1 42 42 0 -1 64 1 2 3 4 250 150 0 0 20 0 4 0 99", 100);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->state, 'S');
  EXPECT_DOUBLE_EQ(stat->cpu_s, 4.0);
}

TEST(thread_stat_of, cut_text_is_refused) {
  EXPECT_FALSE(parse_stat("", 100));
  EXPECT_FALSE(parse_stat("42 (x)", 100));
  EXPECT_FALSE(parse_stat("42 (x) S 1 2 3", 100));
}

TEST(thread_stat_of, time_waited_is_the_second_number) {
  EXPECT_DOUBLE_EQ(parse_waited("1500000000 2250000000 17").value(), 2.25);
  for (auto const* bad : {"", "12", "12 ", "x 12 1", "12 x 1", "-1 2 3"})
    EXPECT_FALSE(parse_waited(bad)) << bad;
}

TEST(thread_stat_of, reads_this_very_thread) {
  auto const stat = read_stat(::getpid(), ::getpid());
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->state, 'R');
  EXPECT_FALSE(read_stat(::getpid(), 1));
}

}  // namespace
}  // namespace wedgehog::vm
