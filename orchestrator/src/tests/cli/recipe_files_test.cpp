// Recipes, fragments and what lies beside them, on a real file system with all that it may hold.
#include "cli/recipe_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "loop/temporary.hpp"

namespace wedgehog::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class recipe_folder : public ::testing::Test {
 protected:
  std::string path(std::string const& name) { return folder_.path() + "/" + name; }

  std::string put(std::string const& name, std::string const& text) {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

  // What is said about a recipe, be it about the file or about what stands in it.
  static std::string told(std::string const& file) {
    auto const one = read(file, {});
    return one ? recipe::print(one->outcome.complaints, file) : one.error().message();
  }

  loop::temporary_directory folder_ = loop::temporary_directory::make().value();
};

constexpr char const* including = "name: x\nimage: linux\ninclude: f.yaml\nsteps: [reset]\n";

TEST_F(recipe_folder, what_is_no_ordinary_file_is_refused_at_once) {
  ASSERT_EQ(::mkfifo(path("fifo.yaml").c_str(), 0600), 0);
  EXPECT_THAT(told(path("fifo.yaml")), HasSubstr("is no ordinary file"));
  EXPECT_THAT(told("/dev/zero"), HasSubstr("/dev/zero is no ordinary file"));
  EXPECT_THAT(told(path("absent.yaml")), HasSubstr("No such file or directory"));
  std::filesystem::create_directory(path("folder.yaml"));
  EXPECT_THAT(told(path("folder.yaml")), HasSubstr("is no ordinary file"));
}

TEST_F(recipe_folder, a_huge_file_is_not_read_to_its_end) {
  auto const huge = put("huge.yaml", "#");
  std::filesystem::resize_file(huge, 1ULL << 42U);  // sparse
  EXPECT_THAT(told(huge), HasSubstr("is longer than 1MiB"));
}

TEST_F(recipe_folder, the_same_holds_for_fragments_and_files_of_delays) {
  auto const recipe = put("x.yaml", including);
  ASSERT_EQ(::mkfifo(path("f.yaml").c_str(), 0600), 0);
  EXPECT_THAT(told(recipe), HasSubstr("x.yaml:3:10: " + path("f.yaml") + " is no ordinary file"));
  std::filesystem::remove(path("f.yaml"));
  put("f.yaml", "#");
  std::filesystem::resize_file(path("f.yaml"), 1ULL << 42U);
  EXPECT_THAT(told(recipe), HasSubstr("f.yaml is longer than 1MiB"));
  put("f.yaml", "machine: {vcpus: 1}\n");
  EXPECT_EQ(told(recipe), "");
}

TEST_F(recipe_folder, no_link_leads_a_fragment_out_of_it) {
  put("outside.yaml", "machine: {vcpus: 1}\n");
  auto const recipe = put("inside/x.yaml", including);
  std::filesystem::create_symlink("../outside.yaml", path("inside/f.yaml"));
  EXPECT_THAT(told(recipe), HasSubstr("f.yaml is a link that leads out of the recipe's folder"));
  std::filesystem::remove(path("inside/f.yaml"));
  put("inside/parts/g.yaml", "machine: {vcpus: 1}\n");
  std::filesystem::create_symlink("parts/g.yaml", path("inside/f.yaml"));
  EXPECT_EQ(told(recipe), "");
}

TEST_F(recipe_folder, fragments_in_it_are_no_recipes) {
  put("x.yaml", including);
  put("f.yaml", "machine: {vcpus: 1}\n");
  put("never.fragment.yaml", "machine: {vcpus: 1}\n");
  put("y.yaml", "name: y\nimage: linux\nsteps: [reset]\n");
  auto const all = read_recipes({folder_.path()}, {});
  ASSERT_TRUE(all);
  std::vector<std::string> names;
  for (auto const& one : *all) names.push_back(std::filesystem::path(one.file).filename());
  EXPECT_THAT(names, ElementsAre("x.yaml", "y.yaml"));
  auto const named = read_recipes({path("f.yaml"), path("x.yaml")}, {});
  ASSERT_TRUE(named);
  EXPECT_EQ(named->size(), 2U);
  EXPECT_THAT(recipe::print(named->front().outcome.complaints, "f"), HasSubstr("needs `name`"));
}

TEST_F(recipe_folder, campaigns_in_it_are_no_recipes) {
  auto const recipe = put("a.yaml", "name: a\nimage: linux\nsteps: [reset]\n");
  put("night.yaml", "name: night\nrecipes: [a.yaml]\nruns: 1\n");
  auto const files = recipe_files({folder_.path()});
  ASSERT_TRUE(files);
  EXPECT_THAT(*files, ElementsAre(recipe));
}

TEST_F(recipe_folder, complaints_about_a_fragment_name_its_file) {
  auto const recipe = put("x.yaml", including);
  put("f.yaml", "machine: {vcpus: 0}\n");
  EXPECT_THAT(told(recipe), HasSubstr(path("f.yaml") + ":1:18: `vcpus` is 0"));
}

}  // namespace
}  // namespace wedgehog::cli
