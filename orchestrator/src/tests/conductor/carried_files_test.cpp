// A recipe's files are packed with their checksums, and a fetch asks the guest for no more than was
// named.
#include "conductor/carried_files.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "tests/file_text.hpp"
#include "tests/own_folder.hpp"

namespace wedgehog::conductor {
namespace {

TEST(carried_files, are_listed_with_their_checksums) {
  testing::own_folder place;
  std::ofstream(place / "tool") << "hello\n";
  plan::plan what;
  what.files = {{"/bin/tool", (place / "tool").string()}};
  auto const packed = pack_files(what, place.path());
  ASSERT_TRUE(packed) << packed.error().message();
  EXPECT_GT(std::filesystem::file_size(place / "files.tar"), 512U);
  auto const list = boost::json::parse(testing::text_of(place / "files.json"));
  ASSERT_EQ(list.as_array().size(), 1U);
  auto const& one = list.as_array()[0].as_object();
  EXPECT_EQ(one.at("to").as_string(), "/bin/tool");
  EXPECT_EQ(one.at("bytes").to_number<int>(), 6);
  EXPECT_EQ(one.at("sha256").as_string(),
            "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
}

// A machine that begins as a clone is named after what it carries, before it is turned on with it.
TEST(carried_files, are_packed_once) {
  testing::own_folder place;
  std::ofstream(place / "tool") << "hello\n";
  plan::plan what;
  what.files = {{"/bin/tool", (place / "tool").string()}};
  ASSERT_TRUE(pack_files(what, place.path()));
  auto const size = std::filesystem::file_size(place / "files.tar");
  std::ofstream(place / "tool") << std::string(100'000, 'x');
  auto const again = pack_files(what, place.path());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(std::filesystem::file_size(place / "files.tar"), size)
      << "the clone's name tells these";
}

TEST(carried_files, a_recipe_without_any_packs_nothing) {
  testing::own_folder place;
  EXPECT_TRUE(pack_files({}, place.path()));
  EXPECT_TRUE(std::filesystem::is_empty(place.path()));
}

TEST(carried_files, a_path_is_one_word_of_the_script) {
  EXPECT_EQ(packing_script({"/tmp/log", "/$(reboot);x", "//"}),
            "cd / && exec tar -cf - './tmp/log' './$(reboot);x' './'");
}

TEST(carried_files, what_was_left_out_is_said) {
  EXPECT_EQ(describe({.files = 3, .bytes = 1229}), "3 files, 1.2 KiB");
  EXPECT_EQ(describe({.files = 0, .bytes = 0, .left_out = 2, .why = "dev/zero: it is a device"}),
            "0 files, 0 B; left out 2: dev/zero: it is a device");
}

}  // namespace
}  // namespace wedgehog::conductor
