// The words in which enumerators are saved and written in recipes: once released, they stay.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "plan/plan.hpp"

namespace wedgehog::plan {
namespace {

template <class Enum>
std::string words() {
  std::string all;
  for (auto const& [value, text] : words_of_enum<Enum>) {
    EXPECT_EQ(name_of(value), text);
    Enum back{};
    EXPECT_TRUE(parse_name(text, back)) << text;
    EXPECT_EQ(back, value);
    all += (all.empty() ? "" : " ") + std::string(text);
  }
  return all;
}

TEST(words, are_those_of_every_saved_plan) {
  EXPECT_EQ(words<accelerator>(), "any kvm tcg");
  EXPECT_EQ(words<error_policy>(), "report stop");
  EXPECT_EQ(words<disk_cache>(), "durable volatile");
  EXPECT_EQ(words<full_host>(), "invalid enospc");
  EXPECT_EQ(words<severity>(), "harmless warning fatal");
  EXPECT_EQ(words<progress_source>(), "output counter");
  EXPECT_EQ(words<lifetime>(), "forever ends");
  EXPECT_EQ(words<wait_condition>(), "time workload-ends console progress");
  EXPECT_EQ(words<expect_condition>(),
            "output-contains file-exists workload-alive console-seen console-not-seen");
  EXPECT_EQ(words<survival>(), "none all prefix subset");
  EXPECT_EQ(words<reboot_by>(), "button guest");
  EXPECT_EQ(words<fault_begin>(), "steps step progress console");
  EXPECT_EQ(words<recovery_moment>(), "end suspect");
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
