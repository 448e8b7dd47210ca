// Recipes in several files: what they come to, whose mistake is whose, and what is refused.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "recipe/fragments.hpp"
#include "recipe/recipe.hpp"

namespace wedgehog::recipe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using named_files = std::map<std::string, std::string>;

options with(named_files held) {
  return {
      .seed = 1,
      .read_fragment = [held = std::move(held)](std::string const& name) -> result<std::string> {
        auto const found = held.find(name);
        if (found == held.end()) return recipe_error(name + ": no such file");
        return found->second;
      }};
}

std::string complaints(std::string_view text, named_files held) {
  auto const read = parse(text, "recipes/x.yaml", with(std::move(held)));
  return print(read.complaints, "recipes/x.yaml");
}

std::vector<std::string> scripts(std::vector<plan::step> const& steps) {
  std::vector<std::string> all;
  for (auto const& each : steps)
    if (auto const* script = std::get_if<plan::run>(&each.what)) all.push_back(script->script);
  return all;
}

constexpr std::string_view chroot_recipe = R"(name: chrooted
image: linux
include: parts/chroot.yaml
machine: {memory: 1GiB}
console:
  - {name: mine, pattern: boom, severity: fatal}
steps:
  - run: own
  - include: parts/unmount.yaml
  - run: last
)";

named_files chroot_files() {
  return {{"parts/chroot.yaml", R"(include: [disks.yaml]
machine: {memory: 512MiB, vcpus: 4}
console:
  - {name: theirs, pattern: bang, severity: harmless}
after_boot:
  - run: mount
steps:
  - run: prepare
)"},
          {"parts/disks.yaml", "disks: {root: 1GiB}\nsteps: [run: first]\n"},
          {"parts/unmount.yaml", "- run: sync\n- run: umount\n"}};
}

TEST(fragments, are_one_recipe_with_those_that_include_them) {
  auto const read = parse(chroot_recipe, "recipes/x.yaml", with(chroot_files()));
  ASSERT_EQ(print(read.complaints, "x"), "");
  auto const& made = read.plans.at(0);
  EXPECT_THAT(scripts(made.after_boot), ElementsAre("mount"));
  EXPECT_THAT(scripts(made.steps),
              ElementsAre("first", "prepare", "own", "sync", "umount", "last"));
  EXPECT_EQ(made.guest.memory, 1ULL << 30U);  // what the recipe itself says counts
  EXPECT_EQ(made.guest.vcpus, 4U);
  EXPECT_NE(plan::find_disk(made, "root"), nullptr);
  ASSERT_EQ(made.console.size(), 2U);
  EXPECT_EQ(made.console[0].name, "mine");
  EXPECT_THAT(read.fragments,
              ElementsAre("parts/unmount.yaml", "parts/chroot.yaml", "parts/disks.yaml"));
}

TEST(fragments, steps_know_their_file_and_line) {
  auto const read = parse(chroot_recipe, "recipes/x.yaml", with(chroot_files()));
  ASSERT_EQ(read.plans.size(), 1U);
  auto const& steps = read.plans.at(0).steps;
  EXPECT_EQ(plan::place_of(steps.at(0)), ", line 2 of recipes/parts/disks.yaml");
  EXPECT_EQ(plan::place_of(steps.at(2)), ", line 8");
  EXPECT_EQ(plan::place_of(steps.at(3)), ", line 1 of recipes/parts/unmount.yaml");
  EXPECT_EQ(plan::from_text(plan::to_text(read.plans.at(0))).value(), read.plans.at(0));
}

TEST(fragments, mistakes_are_told_where_they_stand) {
  EXPECT_EQ(complaints("name: x\nimage: linux\ninclude: a.yaml\nsteps:\n  - include: b.yaml\n",
                       {{"a.yaml", "machine:\n  vcpu: 2\n"},
                        {"b.yaml", "- wait: 5\n- run: sync\n- heal: nothing\n"}}),
            "recipes/a.yaml:2:3: 'vcpu' is not a key of `machine`; did you mean 'vcpus'?\n"
            "    allowed: vcpus, memory, accelerator, kernel_arguments, sysctls, modules, start\n"
            "recipes/b.yaml:1:9: '5' is not a duration: the unit is missing; write it like 500ms, "
            "30s, 5m, 2h or 1m30s\n"
            "recipes/b.yaml:3:9: 'nothing' is not an injected fault of this recipe\n");
  EXPECT_THAT(complaints("name: x\nimage: linux\ninclude: a.yaml\nsteps: [reset]\n",
                         {{"a.yaml", "machine: {vcpus: 2\n"}}),
              HasSubstr("recipes/a.yaml:2:1: this is not YAML"));
  EXPECT_THAT(complaints("name: x\nimage: linux\ninclude: a.yaml\nsteps: [reset]\n",
                         {{"a.yaml", "machine: \"\xff\"\n"}}),
              HasSubstr("recipes/a.yaml:1:11: the byte 0xff is not UTF-8"));
  EXPECT_THAT(complaints("name: x\nimage: linux\ninclude: a.yaml\nsteps: [reset]\n", {}),
              HasSubstr("recipes/x.yaml:3:10: a.yaml: no such file; the name of a fragment counts "
                        "from the folder of the file that includes it"));
  EXPECT_THAT(
      print(parse("name: x\nimage: linux\ninclude: a.yaml\nsteps: [reset]\n", "x").complaints, "x"),
      HasSubstr("x:3:10: no file can be included here"));
}

TEST(fragments, what_makes_a_recipe_is_its_own) {
  EXPECT_EQ(complaints("name: x\nimage: linux\ninclude: a.yaml\nsteps: [reset]\n",
                       {{"a.yaml", "name: y\nabout: z\nseed: 1\nexpect: wedged\n"}}),
            "recipes/a.yaml:1:1: `name` is the recipe's own; a fragment has none\n"
            "recipes/a.yaml:2:1: `about` is the recipe's own; a fragment has none\n"
            "recipes/a.yaml:3:1: `seed` is the recipe's own; a fragment has none\n"
            "recipes/a.yaml:4:1: `expect` is the recipe's own; a fragment has none\n");
}

TEST(fragments, a_circle_is_refused) {
  EXPECT_THAT(complaints("name: x\nimage: linux\ninclude: a.yaml\nsteps: [reset]\n",
                         {{"a.yaml", "include: b.yaml\n"}, {"b.yaml", "include: ./a.yaml\n"}}),
              HasSubstr("recipes/b.yaml:1:10: 'a.yaml' includes itself: a.yaml -> b.yaml -> "
                        "a.yaml"));
  EXPECT_THAT(complaints("name: x\nimage: linux\nsteps: [include: a.yaml]\n",
                         {{"a.yaml", "- include: a.yaml\n"}}),
              HasSubstr("'a.yaml' includes itself"));
  EXPECT_THAT(complaints("name: x\nimage: linux\ninclude: x.yaml\nsteps: [reset]\n",
                         {{"x.yaml", "name: x\nimage: linux\ninclude: x.yaml\nsteps: [reset]\n"}}),
              HasSubstr("`name` is the recipe's own"));
}

TEST(fragments, no_path_leaves_the_folder_of_the_recipe) {
  for (std::string const name :
       {"/etc/passwd", "../x.yaml", "parts/../../x.yaml", "..", "a/../..", ".", "//x"}) {
    auto const told = complaints("name: x\nimage: linux\ninclude: '" + name + "'\nsteps: [reset]\n",
                                 {{"x.yaml", "machine: {vcpus: 2}"}});
    EXPECT_THAT(told, HasSubstr("a fragment lies in the folder of the recipe")) << name;
  }
  EXPECT_EQ(
      complaints("name: x\nimage: linux\ninclude: parts/a.yaml\nsteps: [reset]\n",
                 {{"parts/a.yaml", "include: ../b.yaml\n"}, {"b.yaml", "machine: {vcpus: 2}"}}),
      "");
  EXPECT_THAT(complaints("name: x\nimage: linux\nvariants: {fs: [a]}\ninclude: ${{ fs }}.yaml\n"
                         "steps: [reset]\n",
                         {{"a.yaml", "machine: {vcpus: 2}"}}),
              HasSubstr("`include` names one file"));
}

TEST(fragments, shapes_that_do_not_fit_are_told) {
  EXPECT_THAT(complaints("name: x\nimage: linux\ninclude: a.yaml\nsteps: [reset]\n",
                         {{"a.yaml", "- run: sync\n"}}),
              HasSubstr("x.yaml:3:10: 'a.yaml' is a list: it is put into one, as `- include: "
                        "a.yaml`"));
  EXPECT_THAT(complaints("name: x\nimage: linux\nsteps: [include: a.yaml]\n",
                         {{"a.yaml", "machine: {vcpus: 2}\n"}}),
              HasSubstr("'a.yaml' is no list"));
  EXPECT_THAT(
      complaints("name: x\nimage: linux\ninclude: a.yaml\nsteps: [reset]\n", {{"a.yaml", "word"}}),
      HasSubstr("recipes/a.yaml:1:1: a fragment is a mapping"));
  EXPECT_THAT(complaints("name: x\nimage: linux\ninclude: {a: b}\nsteps: [reset]\n", {}),
              HasSubstr("x.yaml:3:10: `include` is the name of a file"));
  EXPECT_THAT(complaints("name: x\nimage: linux\nsteps:\n  - {include: a.yaml, label: b}\n",
                         {{"a.yaml", "- run: sync\n"}}),
              HasSubstr("nothing may stand beside `include`"));
}

TEST(fragments, cost_no_more_than_a_moment) {
  named_files deep;
  for (int i = 0; i < 20; ++i)
    deep[fmt::format("{}.yaml", i)] = fmt::format("include: {}.yaml\n", i + 1);
  EXPECT_THAT(complaints("name: x\nimage: linux\ninclude: 0.yaml\nsteps: [reset]\n", deep),
              HasSubstr("more than 8 levels deep"));
  named_files wide;  // each includes the next ten times
  for (int i = 0; i < 7; ++i)
    for (int k = 0; k < 10; ++k)
      wide[fmt::format("{}.yaml", i)] += fmt::format("- include: {}.yaml\n", i + 1);
  wide["7.yaml"] = "- run: sync\n";
  EXPECT_THAT(complaints("name: x\nimage: linux\nsteps: [include: 0.yaml]\n", wide),
              HasSubstr("more than 100 fragments"));
  std::string many = "machine:\n  kernel_arguments: [";
  for (int i = 0; i < 9'000; ++i) many += fmt::format("a{}, ", i);
  named_files heavy{{"a.yaml", many + "b]\n"}};
  EXPECT_THAT(complaints("name: x\nimage: linux\ninclude: [a.yaml, a.yaml, a.yaml]\n"
                         "steps: [reset]\n",
                         heavy),
              HasSubstr("holds more than 20000 values"));
  EXPECT_THAT(complaints("name: x\nimage: linux\ninclude: a.yaml\nsteps: [reset]\n",
                         {{"a.yaml", std::string((1U << 20U) + 1, '#')}}),
              HasSubstr("recipes/a.yaml:1:1: the file is larger than 1024 KiB"));
}

TEST(fragments, a_list_of_tests_may_stand_in_a_file) {
  auto const read = parse(
      "name: x\nimage: linux\nfor_each: {test: [{include: tests.yaml}, last]}\n"
      "steps:\n  - run: ./check ${{ test }}\n",
      "x.yaml", with({{"tests.yaml", "- generic/001\n- generic/002\n"}}));
  ASSERT_EQ(print(read.complaints, "x"), "");
  ASSERT_EQ(read.plans.size(), 3U);
  EXPECT_THAT(scripts(read.plans[1].steps), ElementsAre("./check generic/002"));
}

}  // namespace
}  // namespace wedgehog::recipe
