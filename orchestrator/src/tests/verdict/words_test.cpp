#include "verdict/words.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace wedgehog::verdict
