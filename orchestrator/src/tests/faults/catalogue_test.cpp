// What a recipe may ask for and what can be done are the same.
#include <gtest/gtest.h>

#include <set>

#include "faults/fault.hpp"
#include "faults/injector.hpp"
#include "recipe/catalogue.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::faults {
namespace {

TEST(catalogue, has_exactly_the_words_of_the_recipe) {
  std::set<std::string_view> asked;
  std::set<std::string_view> done;
  for (auto const& row : recipe::fault_words()) asked.insert(row.name);
  for (auto const& kind : catalogue()) {
    done.insert(kind.name);
    EXPECT_FALSE(kind.counts.empty()) << kind.name;
    EXPECT_EQ(find_kind(kind.name), &kind);
  }
  EXPECT_EQ(asked, done);
  EXPECT_EQ(find_kind("gremlin"), nullptr);
}

TEST(catalogue, every_fault_has_its_row_in_the_document) {
  auto const text = testing::text_of(WEDGEHOG_SOURCE_DIR "/orchestrator/docs/faults.md");
  for (auto const& kind : catalogue())
    EXPECT_NE(text.find("| `" + std::string(kind.name) + "` | " + std::string(kind.counts) + " |"),
              std::string::npos)
        << kind.name;
}

plan::step injecting(std::string name) {
  return {.what = plan::inject{.fault = "hold", .as = std::move(name), .disk = "data"}};
}

TEST(planned, finds_faults_in_loops_groups_and_on_the_clock) {
  plan::plan what;
  what.steps.push_back(injecting("plain"));
  what.steps.push_back({.what = plan::loop{.times = 2, .steps = {injecting("looped")}}});
  what.steps.push_back(
      {.what = plan::parallel{.groups = {{injecting("left")}, {injecting("right")}}}});
  what.faults.push_back(
      {.after = microseconds(1), .what = plan::inject{.fault = "nmi", .as = "late"}});
  std::vector<std::string> names;
  for (auto const& one : planned(what)) names.push_back(one.as);
  EXPECT_EQ(names, (std::vector<std::string>{"plain", "looped", "left", "right", "late"}));
}

}  // namespace
}  // namespace wedgehog::faults
