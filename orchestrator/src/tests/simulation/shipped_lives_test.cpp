// The recipes that ship, played with a model of the guest: not whether the guest does what they
// say, but whether the performer keeps its promises with every one of them.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/simulation/plans.hpp"
#include "tests/simulation/played_seed.hpp"

namespace wedgehog::simulation {
namespace {

namespace files = std::filesystem;

std::vector<std::string> shipped_recipes() {
  std::vector<std::string> all;
  for (auto const& entry :
       files::recursive_directory_iterator(files::path(WEDGEHOG_SOURCE_DIR) / "recipes"))
    if (entry.path().extension() == ".yaml") all.push_back(entry.path().string());
  std::sort(all.begin(), all.end());
  return all;
}

class shipped_lives : public ::testing::TestWithParam<std::string> {};

TEST_P(shipped_lives, keep_their_promises) {
  auto what = shipped_plan(GetParam());
  ASSERT_TRUE(what) << what.error().message();
  auto const played = play_plan(what.value(), {}, 1);
  EXPECT_EQ(fmt::format("{}", fmt::join(played.broken, "\n")), "");
}

std::string name_of_test(::testing::TestParamInfo<std::string> const& of) {
  auto name = files::path(of.param).parent_path().filename().string() + "_" +
              files::path(of.param).stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(all, shipped_lives, ::testing::ValuesIn(shipped_recipes()), name_of_test);

}  // namespace
}  // namespace wedgehog::simulation
