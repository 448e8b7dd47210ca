// The words in which enumerators are saved and written in recipes: once released, they stay.
#include <gtest/gtest.h>

#include "../pinned_words.hpp"
#include "plan/plan.hpp"

namespace wedgehog::plan {
namespace {

TEST(words, are_those_of_every_saved_plan) {
  EXPECT_EQ(pinned<accelerator>(), "any kvm tcg");
  EXPECT_EQ(pinned<error_policy>(), "report stop");
  EXPECT_EQ(pinned<disk_cache>(), "durable volatile");
  EXPECT_EQ(pinned<full_host>(), "invalid enospc");
  EXPECT_EQ(pinned<severity>(), "harmless warning fatal");
  EXPECT_EQ(pinned<progress_source>(), "output counter");
  EXPECT_EQ(pinned<lifetime>(), "forever ends");
  EXPECT_EQ(pinned<wait_condition>(), "time workload-ends console progress");
  EXPECT_EQ(pinned<expect_condition>(),
            "output-contains file-exists workload-alive console-seen console-not-seen");
  EXPECT_EQ(pinned<survival>(), "none all prefix subset");
  EXPECT_EQ(pinned<reboot_by>(), "button guest");
  EXPECT_EQ(pinned<fault_begin>(), "steps step progress console");
  EXPECT_EQ(pinned<recovery_moment>(), "end suspect");
}

TEST(words, a_word_that_is_none_changes_nothing) {
  auto cache = disk_cache::volatile_;
  EXPECT_FALSE(parse_name("volatile_", cache));
  EXPECT_FALSE(parse_name("", cache));
  EXPECT_EQ(cache, disk_cache::volatile_);
  auto until = wait_condition::console;
  EXPECT_FALSE(parse_name("workload_ends", until));
  EXPECT_EQ(until, wait_condition::console);
}

}  // namespace
}  // namespace wedgehog::plan
