#include "timeline/milestones.hpp"

#include <gtest/gtest.h>

#include <set>

#include "../pinned_words.hpp"

namespace wedgehog::timeline {
namespace {

TEST(milestones, every_one_has_a_word_of_its_own_that_is_read_again) {
  std::set<std::string_view> words;
  // The last enumerator; all before it are counted.
  auto const count = static_cast<int>(reached::agent_restarted) + 1;
  ASSERT_EQ(all_milestones().size(), static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    auto const each = static_cast<reached>(i);
    EXPECT_TRUE(words.insert(word_of(each)).second) << word_of(each);
    EXPECT_EQ(milestone_of(mark(each, "why")), each);
    EXPECT_TRUE(is(mark(each), each));
  }
}

TEST(milestones, have_the_words_of_every_stored_timeline) {
  EXPECT_EQ(pinned<reached>(),
            "guest-os machine-started guest-ready canary-began workload-began output progress "
            "steps-done step-failed console-harmless console-warning reset-expected "
            "machine-stopping qemu-ended collected fault-due monitor-stuck monitor-freed by-hand "
            "control-missing recovery-began faults-healed recovery-ended faults-left fault-missed "
            "fault-never-fired host-trouble host-disk-full stop-asked run-ended evidence-began "
            "agent-complaint agent-incompatible agent-restarted");
}

TEST(milestones, a_word_of_another_version_is_no_milestone_of_this_one) {
  EXPECT_FALSE(milestone_of({"abducted", ""}));
}

}  // namespace
}  // namespace wedgehog::timeline
