// Every recipe of testdata/recipes/ against what it must give: bad/ complaints, good/ plans.
// WEDGEHOG_REWRITE=1 writes the expectations anew; review the diff.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "recipe/recipe.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::recipe {
namespace {

namespace files = std::filesystem;

void compare(files::path const& expected_file, std::string const& actual) {
  if (std::getenv("WEDGEHOG_REWRITE") != nullptr) {
    std::ofstream(expected_file, std::ios::binary) << actual;
    return;
  }
  EXPECT_EQ(actual, testing::text_of(expected_file))
      << "WEDGEHOG_REWRITE=1 accepts what there is now";
}

std::vector<files::path> recipes_of(std::string const& folder) {
  std::vector<files::path> found;
  for (auto const& entry :
       files::directory_iterator(files::path(WEDGEHOG_TESTDATA) / "recipes" / folder))
    if (entry.path().extension() == ".yaml") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::string name_of_case(::testing::TestParamInfo<files::path> const& info) {
  auto name = info.param.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class bad_recipe : public ::testing::TestWithParam<files::path> {};

TEST_P(bad_recipe, gets_all_its_complaints) {
  auto const read = parse(testing::text_of(GetParam()), "x.yaml");
  EXPECT_TRUE(read.plans.empty());
  EXPECT_FALSE(read.complaints.empty());
  auto expected = GetParam();
  compare(expected.replace_extension(".expected"), print(read.complaints, "x.yaml"));
}

INSTANTIATE_TEST_SUITE_P(data, bad_recipe, ::testing::ValuesIn(recipes_of("bad")), name_of_case);

class good_recipe : public ::testing::TestWithParam<files::path> {};

TEST_P(good_recipe, gives_its_plans) {
  auto const read = parse(testing::text_of(GetParam()), "x.yaml");
  EXPECT_EQ(print(read.complaints, "x.yaml"), "");
  std::string text;
  for (auto const& each : read.plans) {
    text += plan::to_text(each) + "\n";
    auto const back = plan::from_text(plan::to_text(each));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, each);
  }
  auto expected = GetParam();
  compare(expected.replace_extension(".expected"), text);
}

INSTANTIATE_TEST_SUITE_P(data, good_recipe, ::testing::ValuesIn(recipes_of("good")), name_of_case);

}  // namespace
}  // namespace wedgehog::recipe
