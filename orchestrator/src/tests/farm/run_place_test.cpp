#include "farm/run_place.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "tests/own_folder.hpp"

namespace wedgehog::farm {
namespace {

folder::moment const started = folder::parse_moment("2026-11-21T03:41:07.123Z").value();

TEST(run_place, names_are_short_plain_and_never_the_same) {
  testing::own_folder place;
  std::set<std::string> names;
  for (int i = 0; i < 50; ++i) {
    auto const made = make_run_place(place / "runs", "Lost wakeup (ext4)", started);
    ASSERT_TRUE(made);
    EXPECT_TRUE(made->name.starts_with("lost-wakeup-ext4-20261121-0341-")) << made->name;
    EXPECT_TRUE(std::filesystem::is_directory(made->folder));
    names.insert(made->name);
  }
  EXPECT_EQ(names.size(), 50U);
  EXPECT_EQ(short_name("###"), "run");
  EXPECT_EQ(short_name(std::string(5000, 'a')).size(), 40U);
  EXPECT_EQ(short_name("../../etc/passwd"), "etc-passwd");
}

TEST(run_place, a_file_in_the_way_is_named) {
  testing::own_folder place;
  std::ofstream(place / "runs") << "a file";
  auto const made = make_run_place(place / "runs", "x", started);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("/runs"), std::string::npos);
}

}  // namespace
}  // namespace wedgehog::farm
