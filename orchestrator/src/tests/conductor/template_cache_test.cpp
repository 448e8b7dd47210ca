// The folder of frozen machines: what was changed in it is noticed, and what others use stays.
#include "conductor/template_cache.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "conductor/identity.hpp"
#include "tests/own_folder.hpp"

namespace wedgehog::conductor {
namespace {

namespace fs = std::filesystem;
using sharing = template_cache::sharing;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

struct templates : ::testing::Test {
  wedgehog::testing::own_folder place;
  template_cache cache{place / "templates"};
  std::string const key = template_cache::key_of("a machine");

  static void write(fs::path const& file, std::string const& text) {
    std::ofstream(file, std::ios::binary) << text;
  }
  void make(std::string const& which) {
    auto const into = cache.begin(which);
    ASSERT_TRUE(into) << into.error().message();
    write(*into / "memory", "pages");
    write(*into / "devices", "registers");
    ASSERT_TRUE(cache.seal(which, "a machine"));
  }
};

TEST_F(templates, are_named_by_what_they_are_made_of) {
  EXPECT_THAT(key, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(key, template_cache::key_of("a machine"));
  EXPECT_NE(key, template_cache::key_of("another machine"));
}

TEST_F(templates, are_there_when_they_were_sealed) {
  EXPECT_FALSE(cache.look(key).whole);
  EXPECT_EQ(cache.look(key).why, "");
  auto const begun = cache.begin(key);
  ASSERT_TRUE(begun);
  write(*begun / "memory", "pages");
  EXPECT_FALSE(cache.look(key).whole);  // whoever made it may have been killed
  make(key);
  EXPECT_TRUE(cache.look(key).whole) << cache.look(key).why;
}

TEST_F(templates, that_were_written_to_are_damaged) {
  make(key);
  write(cache.place_of(key) / "memory", "Pages");
  EXPECT_FALSE(cache.look(key).whole);
  EXPECT_THAT(cache.look(key).why, HasSubstr("memory"));
  make(key);
  EXPECT_TRUE(cache.look(key).whole);
}

TEST_F(templates, that_lost_a_file_or_a_part_of_one_are_damaged) {
  make(key);
  fs::resize_file(cache.place_of(key) / "devices", 3);
  EXPECT_THAT(cache.look(key).why, HasSubstr("3 bytes instead of 9"));
  fs::remove(cache.place_of(key) / "devices");
  EXPECT_FALSE(cache.look(key).whole);
  make(key);
  write(cache.place_of(key) / "template.json", "{");
  EXPECT_FALSE(cache.look(key).whole);
  EXPECT_NE(cache.look(key).why, "");
}

TEST_F(templates, that_were_only_touched_are_whole) {
  make(key);
  ASSERT_EQ(::chmod((cache.place_of(key) / "memory").c_str(), 0400), 0);
  EXPECT_TRUE(cache.look(key).whole) << cache.look(key).why;
}

TEST_F(templates, are_begun_with_by_many_and_made_by_one) {
  auto const first = cache.lock(key, sharing::with_others);
  auto const second = cache.lock(key, sharing::with_others);
  ASSERT_TRUE(first && *first && second && *second);
  auto const maker = cache.lock(key, sharing::alone);
  ASSERT_TRUE(maker);
  EXPECT_FALSE(*maker);
  auto const other = cache.lock(template_cache::key_of("another"), sharing::alone);
  ASSERT_TRUE(other && *other);
  EXPECT_FALSE(*cache.lock(template_cache::key_of("another"), sharing::with_others));
  template_cache::share(*other);
  EXPECT_TRUE(*cache.lock(template_cache::key_of("another"), sharing::with_others));
}

TEST_F(templates, of_too_many_those_go_that_nobody_used_for_longest) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i <= template_cache::most_kept + 2; ++i) {
    keys.push_back(template_cache::key_of(std::to_string(i)));
    make(keys.back());
    timespec const at[2] = {{static_cast<time_t>(1000 + i), 0}, {static_cast<time_t>(1000 + i), 0}};
    ::utimensat(AT_FDCWD, (cache.place_of(keys.back()) / "template.json").c_str(), at, 0);
  }
  auto const used = cache.lock(keys[0], sharing::with_others);  // the oldest, but somebody has it
  cache.note_use(keys[1]);
  cache.prune(keys.back());
  EXPECT_TRUE(cache.look(keys[0]).whole);
  EXPECT_TRUE(cache.look(keys[1]).whole);
  EXPECT_FALSE(cache.look(keys[2]).whole);
  EXPECT_TRUE(cache.look(keys.back()).whole);
}

TEST(identity, no_two_are_alike_and_each_is_well_formed) {
  auto const one = another_identity();
  auto const other = another_identity();
  ASSERT_TRUE(one && other);
  EXPECT_GE(one->seed.size(), wire::least_seed);
  EXPECT_NE(one->seed, other->seed);
  EXPECT_NE(one->machine_id, other->machine_id);
  EXPECT_NE(one->boot_id, other->boot_id);
  EXPECT_NE(one->host_name, other->host_name);
  EXPECT_NE(one->hardware_address, other->hardware_address);
  EXPECT_THAT(one->machine_id, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_THAT(one->boot_id,
              MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  ASSERT_EQ(one->hardware_address.size(), 6U);
  EXPECT_EQ(one->hardware_address.substr(0, 3), std::string("\x52\x54\x00", 3));
  EXPECT_GT(one->unix_us, 1'700'000'000'000'000U);
}

}  // namespace
}  // namespace wedgehog::conductor
