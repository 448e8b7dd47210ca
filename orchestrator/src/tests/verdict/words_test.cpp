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

TEST(words, are_those_of_every_stored_run) {
  EXPECT_EQ(joined_words<state_word>(" "),
            "ok slow suspect wedged locked-up panicked rebooted exited userland-starved "
            "userland-dead workload-failed workload-died workload-stopped frozen host-stopped "
            "paused host-starved");
  EXPECT_EQ(joined_words<kind_word>(" "),
            "none held-io lost-completion software-wait livelock after-oops user-wait user-spin "
            "hard hard-one-cpu soft");
  EXPECT_EQ(joined_words<flag_word>(" "), "oops cpu-stuck file-system");
  EXPECT_EQ(joined_words<run_word>(" "),
            "passed slow failed unknown wedged locked-up panicked rebooted exited "
            "userland-starved userland-dead workload-failed workload-died workload-stopped frozen "
            "file-system-failed "
            "host-stopped paused host-starved invalid");
  EXPECT_EQ(joined_words<recovery_word>(" "), "none recovered recovered-late never-recovered");
  EXPECT_EQ(name_of(recovery_word::none), "");
  kind_word kind = kind_word::soft;
  EXPECT_FALSE(parse_name("none", kind));
  EXPECT_TRUE(parse_name("", kind));
  EXPECT_EQ(kind, kind_word::none);
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
