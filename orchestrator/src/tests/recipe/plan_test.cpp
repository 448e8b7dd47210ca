// What a right recipe becomes, said in code where a data file would hide the point.
#include <gtest/gtest.h>

#include <set>

#include "recipe/recipe.hpp"

namespace wedgehog::recipe {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view two_by_two = R"(name: matrix
image: linux
variants:
  fs: [ext4, xfs]
  settle: [0s, 60s]
expect:
  - {verdict: wedged, kind: software-wait, by: 5m, when: {fs: xfs, settle: 0s}}
  - passed
steps:
  - run: |
      x=1; echo $x ${x%.*} "$${{ literal }}"; mkfs.${{ fs }} -m seed=${{seed}} /dev/wedgehog/d
  - wait: ${{ settle }}
)";

TEST(plans, one_per_combination_each_with_its_seed) {
  auto const read = parse(two_by_two, "m.yaml", {.base_seed = 7});
  ASSERT_EQ(print(read.complaints, "m.yaml"), "");
  ASSERT_EQ(read.plans.size(), 4U);
  std::set<std::uint64_t> seeds;
  for (auto const& each : read.plans) seeds.insert(each.seed);
  EXPECT_EQ(seeds.size(), 4U);
  EXPECT_EQ(plan::title(read.plans[2]), "matrix[fs=xfs,settle=0s]");
  EXPECT_EQ(read.plans[2].expects.verdict, "wedged");
  EXPECT_EQ(read.plans[2].expects.by, 5min);
  EXPECT_EQ(read.plans[3].expects.verdict, "passed");
  EXPECT_EQ(std::get<plan::wait>(read.plans[3].steps[1].what).duration, 60s);
  EXPECT_EQ(parse(two_by_two, "m.yaml", {.base_seed = 7}).plans, read.plans);
  EXPECT_NE(parse(two_by_two, "m.yaml", {.base_seed = 8}).plans[0].seed, read.plans[0].seed);
}

TEST(plans, the_shell_keeps_its_dollars) {
  auto const read = parse(two_by_two, "m.yaml", {.seed = 42});
  ASSERT_EQ(read.plans.size(), 4U);
  EXPECT_EQ(std::get<plan::run>(read.plans[2].steps[0].what).script,
            "x=1; echo $x ${x%.*} \"${{ literal }}\"; mkfs.xfs -m seed=42 /dev/wedgehog/d\n");
}

TEST(plans, a_filter_and_a_seed_do_one_plan_again) {
  auto const all = parse(two_by_two, "m.yaml", {.base_seed = 7});
  auto const one = parse(two_by_two, "m.yaml",
                         {.only = {{"fs", "xfs"}, {"settle", "60s"}}, .seed = all.plans[3].seed});
  ASSERT_EQ(one.plans.size(), 1U);
  EXPECT_EQ(one.plans[0], all.plans[3]);
}

TEST(plans, a_filter_that_fits_nothing_is_a_mistake) {
  auto const read = parse(two_by_two, "m.yaml", {.only = {{"fs", "xsf"}, {"setle", "0s"}}});
  EXPECT_EQ(print(read.complaints, "m.yaml"),
            "m.yaml:4:3: fs=xsf was asked for, and `fs` never has this value; did you mean 'xfs'?\n"
            "    allowed: ext4, xfs\n"
            "m.yaml:4:3: 'setle' was asked for, and is not a variant of this recipe; did you mean "
            "'settle'?\n"
            "    allowed: fs, settle\n");
}

TEST(plans, a_guest_too_small_for_its_image_is_a_mistake) {
  constexpr std::uint64_t mebibyte = 1U << 20U;
  options const known{.least_memory = {{"linux", 256 * mebibyte}}};
  constexpr std::string_view small =
      "name: x\nimage: linux\nmachine:\n  vcpus: 2\n  memory: 128MiB\nsteps: [reset]\n";
  EXPECT_EQ(
      print(parse(small, "m.yaml", known).complaints, "m.yaml"),
      "m.yaml:5:11: the image 'linux' needs at least 256MiB of memory, or it does not boot\n");
  EXPECT_EQ(parse(small, "m.yaml").plans.size(), 1U);  // nobody knows the image's need
  for (auto const* enough : {"machine: {memory: 256MiB}\n", ""}) {
    auto const text = "name: x\nimage: linux\n" + std::string(enough) + "steps: [reset]\n";
    EXPECT_EQ(parse(text, "m.yaml", known).plans.size(), 1U) << enough;
  }
}

TEST(plans, the_seed_of_the_recipe_goes_before_a_drawn_one) {
  constexpr std::string_view text = "name: x\nimage: linux\nseed: 5\nsteps: [reset]\n";
  EXPECT_EQ(parse(text, "x", {.base_seed = 9}).plans.at(0).seed, 5U);
  EXPECT_EQ(parse(text, "x", {.seed = 6, .base_seed = 9}).plans.at(0).seed, 6U);
}

TEST(plans, known_images_and_collections_are_asked_for) {
  constexpr std::string_view text =
      "name: x\nimage: linus\nsteps:\n  - collect: [dmseg]\non_failure: {collect: [task]}\n";
  EXPECT_TRUE(parse(text, "x").complaints.empty());
  auto const read =
      parse(text, "x", {.images = {"linux", "illumos"}, .collections = {"dmesg", "tasks"}});
  ASSERT_EQ(read.complaints.size(), 3U);
  EXPECT_EQ(read.complaints[0].nearest, "linux");
  EXPECT_EQ(read.complaints[1].nearest, "dmesg");
  EXPECT_EQ(read.complaints[2].nearest, "tasks");
}

TEST(plans, steps_know_their_lines) {
  auto const read = parse(two_by_two, "m.yaml");
  EXPECT_EQ(read.plans.at(0).steps.at(0).line, 10U);
  EXPECT_EQ(read.plans.at(0).steps.at(1).line, 12U);
}

}  // namespace
}  // namespace wedgehog::recipe
