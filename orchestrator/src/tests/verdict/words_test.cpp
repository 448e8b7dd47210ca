#include "verdict/words.hpp"

#include <gtest/gtest.h>

#include "verdict/classify_line.hpp"

namespace wedgehog::verdict {
namespace {

template <class Word>
void every_name_reads_back(int count) {
  for (int i = 0; i < count; ++i) {
    Word read{};
    ASSERT_TRUE(parse_name(name_of(static_cast<Word>(i)), read)) << i;
    EXPECT_EQ(static_cast<int>(read), i);
  }
  Word untouched = static_cast<Word>(1);
  EXPECT_FALSE(parse_name("no-such-word", untouched));
  EXPECT_EQ(untouched, static_cast<Word>(1));
}

TEST(words, every_name_reads_back) {
  every_name_reads_back<state_word>(static_cast<int>(state_word::host_starved) + 1);
  every_name_reads_back<kind_word>(static_cast<int>(kind_word::soft) + 1);
  every_name_reads_back<flag_word>(static_cast<int>(flag_word::cpu_stuck) + 1);
  every_name_reads_back<run_word>(static_cast<int>(run_word::invalid) + 1);
}

TEST(words, are_spelled_as_in_the_documents) {
  EXPECT_EQ(name_of(state_word::locked_up), "locked-up");
  EXPECT_EQ(name_of(state_word::userland_starved), "userland-starved");
  EXPECT_EQ(name_of(state_word::host_starved), "host-starved");
  EXPECT_EQ(name_of(kind_word::hard_one_cpu), "hard-one-cpu");
  EXPECT_EQ(name_of(kind_word::none), "");
  EXPECT_EQ(name_of(run_word::workload_stopped), "workload-stopped");
}

TEST(classify_line, knows_the_plain_cases_of_linux) {
  EXPECT_EQ(classify_line("[ 0.000000] Linux version 6.1.0-56-cloud-amd64 (gcc-12)"), "boot");
  EXPECT_EQ(classify_line("[ 14.1] Kernel panic - not syncing: sysrq triggered crash"), "panic");
  EXPECT_EQ(classify_line("INFO: task xfsaild/md0:311 blocked for more than 120 seconds."),
            "hung-task");
  EXPECT_EQ(classify_line("watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [kworker/1:0:20]"),
            "soft-lockup");
  EXPECT_EQ(classify_line("rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:"), "rcu-stall");
  EXPECT_EQ(classify_line("BUG: kernel NULL pointer dereference, address: 0000000000000000"),
            "oops");
  EXPECT_EQ(classify_line("hog invoked oom-killer: gfp_mask=0x140dca, order=0"), "oom");
  EXPECT_EQ(classify_line("I/O error, dev vda, sector 2048 op 0x1:(WRITE)"), "io-error");
  EXPECT_EQ(classify_line("EXT4-fs (vda): mounted filesystem"), "");
}

}  // namespace
}  // namespace wedgehog::verdict
