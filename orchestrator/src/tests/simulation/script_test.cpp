#include "tests/simulation/script.hpp"

#include <gtest/gtest.h>

namespace wedgehog::simulation {
namespace {

using namespace std::chrono_literals;

TEST(script, a_loop_of_writes_is_requests_and_pauses_until_it_is_killed) {
  auto const made = understand(
      "while dd if=/dev/zero of=/mnt/file bs=4k conv=fsync 2>/dev/null; do\n"
      "  /wedgehog/agent tick\n"
      "  sleep 0.05\n"
      "done\n");
  EXPECT_TRUE(made.loops);
  ASSERT_EQ(made.deeds.size(), 2U);
  EXPECT_EQ(made.deeds[0].what, deed::kind::requests);
  EXPECT_EQ(made.deeds[1].length, 50ms);
}

TEST(script, a_loop_may_wait_for_a_file) {
  auto const made = understand("while ! [ -e /tmp/enough ]; do\n  mkdir -p /mnt/x\ndone\n");
  EXPECT_EQ(made.until_file, "/tmp/enough");
}

TEST(script, the_disk_is_the_one_that_a_line_names) {
  auto const made = understand("mkfs.ext4 -q /dev/wedgehog/other\nsync");
  ASSERT_EQ(made.deeds.size(), 2U);
  EXPECT_EQ(made.deeds[0].disk, "other");
  EXPECT_EQ(made.deeds[1].disk, "");
}

TEST(script, what_lies_in_memory_is_on_no_disk_and_a_variable_means_the_first_one) {
  EXPECT_TRUE(understand("dd if=/dev/urandom of=/tmp/data count=64").deeds.empty());
  auto const made = understand("for disk in one two; do\n  mkfs.ext4 /dev/wedgehog/$disk\ndone");
  ASSERT_EQ(made.deeds.size(), 1U);
  EXPECT_EQ(made.deeds[0].disk, "");
}

TEST(script, the_lab_is_told_a_word) {
  auto const made = understand("echo lost-wakeup > /proc/wedgehog_lab");
  ASSERT_EQ(made.deeds.size(), 1U);
  EXPECT_EQ(made.deeds[0].what, deed::kind::lab);
  EXPECT_EQ(made.deeds[0].word, "lost-wakeup");
}

TEST(script, children_that_wait_for_each_other_are_waited_for_until_a_signal_comes) {
  auto const made = understand("mkfifo ask\n(read word < ask; echo done > answer) &\nwait\n");
  ASSERT_EQ(made.deeds.size(), 1U);
  EXPECT_EQ(made.deeds[0].length, for_ever);
  EXPECT_TRUE(understand("sync &\nwait\n").deeds.back().length < for_ever);
}

TEST(script, it_leaves_with_its_exit_code) {
  auto const made = understand("exit 3");
  ASSERT_EQ(made.deeds.size(), 1U);
  EXPECT_EQ(made.deeds[0].count, 3);
}

}  // namespace
}  // namespace wedgehog::simulation
