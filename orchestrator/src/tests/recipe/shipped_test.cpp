// The recipes that ship: each is right, says what it proves, and what must come of it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "recipe/campaign.hpp"
#include "recipe/recipe.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::recipe {
namespace {

namespace files = std::filesystem;

TEST(shipped, every_recipe_is_right_and_says_what_it_proves) {
  std::size_t seen = 0;
  for (auto const& entry :
       files::recursive_directory_iterator(files::path(WEDGEHOG_SOURCE_DIR) / "recipes")) {
    if (entry.path().extension() != ".yaml") continue;
    ++seen;
    auto const text = testing::text_of(entry.path());
    if (looks_like_campaign(text)) {
      auto const night = parse_campaign(text);
      EXPECT_EQ(print(night.complaints, entry.path().string()), "");
      EXPECT_GT(night.campaign.about.size(), 30U) << entry.path();
      for (auto const& one : night.campaign.recipes)
        EXPECT_TRUE(files::exists(entry.path().parent_path() / one)) << entry.path() << one;
      continue;
    }
    options const beside{.read_file = [folder = entry.path().parent_path()](
                                          std::string const& name) -> result<std::string> {
      std::ifstream named(folder / name, std::ios::binary);
      if (!named) return recipe_error(name + " is not there");
      return std::string{std::istreambuf_iterator<char>(named), {}};
    }};
    auto const read = parse(text, entry.path().filename().string(), beside);
    EXPECT_EQ(print(read.complaints, entry.path().string()), "");
    EXPECT_NE(text.find("\nexpect:"), std::string::npos) << entry.path();
    for (auto const& each : read.plans) {
      EXPECT_GT(each.about.size(), 40U) << entry.path();
      EXPECT_EQ(plan::from_text(plan::to_text(each)).value(), each);
    }
  }
  EXPECT_GE(seen, 17U);
}

}  // namespace
}  // namespace wedgehog::recipe
