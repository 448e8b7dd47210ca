#include <unistd.h>

#include <set>

#include "fixture.hpp"
#include "store/results_directory.hpp"

namespace wedgehog::store {
namespace {

namespace fs = std::filesystem;

TEST(results_folder, follows_the_xdg_specification) {
  EXPECT_EQ(standard_results_folder({"/data", "/home/u"}).value(), "/data/wedgehog");
  EXPECT_EQ(standard_results_folder({"", "/home/u"}).value(), "/home/u/.local/share/wedgehog");
  EXPECT_EQ(standard_results_folder({"relative", "/home/u"}).value(),
            "/home/u/.local/share/wedgehog");
  EXPECT_EQ(standard_results_folder({std::nullopt, "/home/u"}).value(),
            "/home/u/.local/share/wedgehog");
  auto const nowhere = standard_results_folder({});
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().message().find("--results DIR"), std::string::npos);
}

TEST(results_directory, moves_latest_in_one_step) {
  own_folder temporary;
  auto const results = good(results_directory::open(temporary / "deep/er"));
  EXPECT_EQ(results.database_file(), temporary / "deep/er/results.sqlite");
  for (auto const* folder : {"runs/first-1", "runs/second-2"}) {
    fs::create_directories(results.root() / folder);
    good(results.point_latest(folder));
    EXPECT_EQ(fs::read_symlink(results.root() / "latest"), folder);
    EXPECT_TRUE(fs::equivalent(results.root() / "latest", results.root() / folder));
  }
  std::set<std::string> names;
  for (auto const& entry : fs::directory_iterator(results.root()))
    names.insert(entry.path().filename());
  EXPECT_EQ(names, (std::set<std::string>{"latest", "runs"}));
}

TEST(results_directory, a_file_in_the_way_is_named_with_its_remedy) {
  own_folder temporary;
  std::ofstream(temporary / "file") << "in the way";
  auto const opened = results_directory::open(temporary / "file/results");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().whose(), blame::host);
  EXPECT_NE(opened.error().message().find("file/results"), std::string::npos);
  EXPECT_NE(opened.error().message().find("--results DIR"), std::string::npos);

  auto const results = good(results_directory::open(temporary / "good"));
  fs::create_directories(temporary / "good/latest/occupied");
  EXPECT_FALSE(results.point_latest("runs/first-1"));
  EXPECT_TRUE(fs::is_directory(temporary / "good/latest/occupied"));
}

}  // namespace
}  // namespace wedgehog::store
