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

TEST(plans, faults_decide_what_becomes_of_errors_unless_the_recipe_does) {
  auto const read = parse(R"(name: errors
image: linux
disks:
  plain: 1MiB
  held: {size: 1MiB}
  told: {size: 1MiB, on_read_error: report, on_write_error: report}
  broken: 1MiB
  full: {size: 1MiB, on_full_host: enospc}
faults:
  - {at: 1s, inject: {fault: hold, as: a, disk: held, op: write}}
steps:
  - inject: {fault: hold, as: b, disk: told}
  - inject: {fault: hold, as: c, disk: broken}
  - inject: {fault: error, as: d, disk: broken, op: read}
  - inject: {fault: hold, as: e, disk: full}
)",
                          "e.yaml", {.seed = 1});
  ASSERT_EQ(print(read.complaints, "e.yaml"), "");
  std::string policies;
  for (auto const& disk : read.plans[0].disks)
    policies += disk.name + " " + std::string(plan::name_of(disk.read_errors)) + " " +
                std::string(plan::name_of(disk.write_errors)) + "\n";
  EXPECT_EQ(policies,
            "plain report report\nheld report stop\ntold report report\nbroken report stop\n"
            "full stop report\n");
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

TEST(plans, another_image_takes_the_place_of_the_recipes_with_the_memory_it_needs) {
  constexpr std::uint64_t mebibyte = 1U << 20U;
  options const known{.images = {"linux", "mine"},
                      .on_images = {"mine"},
                      .least_memory = {{"linux", 256 * mebibyte}, {"mine", 512 * mebibyte}}};
  constexpr std::string_view small =
      "name: x\nimage: linux\nmachine: {memory: 128MiB}\nsteps: [reset]\n";
  auto const plans = parse(small, "x", known).plans;
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_EQ(plans.at(0).image, "mine");
  EXPECT_EQ(plans.at(0).guest.memory, 512 * mebibyte);
  constexpr std::string_view large =
      "name: x\nimage: linux\nmachine: {memory: 2GiB}\nsteps: [reset]\n";
  EXPECT_EQ(parse(large, "x", known).plans.at(0).guest.memory, 2048 * mebibyte);
}

constexpr std::string_view on_both =
    "name: x\nimages: [linux, mine]\nvariants: {fs: [ext4, xfs]}\n"
    "expect:\n  - {verdict: wedged, when: {image: mine}}\n  - passed\n"
    "steps:\n  - run: echo ${{ image }} ${{ fs }}\n";

TEST(plans, several_images_are_a_variant) {
  auto const plans = parse(on_both, "x", {.images = {"linux", "mine"}}).plans;
  ASSERT_EQ(plans.size(), 4U);
  EXPECT_EQ(plans.at(0).image, "linux");
  EXPECT_EQ(plans.at(3).image, "mine");
  EXPECT_EQ(plan::title(plans.at(3)), "x[fs=xfs,image=mine]");
  EXPECT_EQ(plans.at(0).expects.verdict, "passed");
  EXPECT_EQ(plans.at(2).expects.verdict, "wedged");
  EXPECT_NE(plans.at(0).seed, plans.at(2).seed);
  auto const only = parse(on_both, "x", {.only = {{"image", "mine"}}}).plans;
  ASSERT_EQ(only.size(), 2U);
  EXPECT_EQ(only.at(0).image, "mine");
}

TEST(plans, other_images_take_the_place_of_those_of_the_recipe) {
  options const one{.images = {"linux", "other"}, .on_images = {"other"}};
  auto const plans = parse(on_both, "x", one).plans;
  ASSERT_EQ(plans.size(), 2U);
  EXPECT_EQ(plans.at(0).image, "other");
  EXPECT_EQ(plans.at(0).variant.at("image"), "other");

  constexpr std::string_view plain = "name: x\nimage: linux\nsteps: [reset]\n";
  auto const alone = parse(plain, "x", one).plans;
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_EQ(alone.at(0).image, "other");
  EXPECT_TRUE(alone.at(0).variant.empty());
  auto const both = parse(plain, "x", {.on_images = {"linux", "other"}}).plans;
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(plan::title(both.at(0)), "x[image=linux]");
  EXPECT_EQ(both.at(1).image, "other");

  constexpr std::string_view own =
      "name: x\nimage: ${{ image }}\nvariants: {image: [linux, mine]}\nsteps: [reset]\n";
  EXPECT_EQ(parse(own, "x").plans.size(), 2U);
  EXPECT_EQ(print(parse(own, "x", {.on_images = {"linux", "other"}}).complaints, "x"),
            "x:3:12: 'image' is a variant already: which of several images it is\n");
}

TEST(plans, a_guest_has_the_memory_that_each_of_its_images_needs) {
  constexpr std::uint64_t mebibyte = 1U << 20U;
  options const known{.images = {"linux", "mine"},
                      .least_memory = {{"linux", 256 * mebibyte}, {"mine", 1024 * mebibyte}}};
  auto const plans = parse(on_both, "x", known).plans;
  ASSERT_EQ(plans.size(), 4U);
  EXPECT_EQ(plans.at(0).guest.memory, 512 * mebibyte);
  EXPECT_EQ(plans.at(2).guest.memory, 1024 * mebibyte);
  auto const said = parse(
      "name: x\nimages: [linux, mine]\nmachine: {memory: 512MiB}\n"
      "steps: [reset]\n",
      "x", known);
  EXPECT_EQ(print(said.complaints, "x"),
            "x:3:19: the image 'mine' needs at least 1GiB of memory, or it does not boot\n");
}

TEST(plans, an_image_of_several_that_nobody_knows_is_a_mistake_at_its_place) {
  options const known{.images = {"linux", "mine"}};
  auto const read = parse("name: x\nimages: [linux, mime]\nsteps: [reset]\n", "x", known);
  ASSERT_EQ(read.complaints.size(), 1U);
  EXPECT_EQ(read.complaints[0].column, 17);
  EXPECT_EQ(read.complaints[0].nearest, "mine");
  EXPECT_NE(read.complaints[0].message.find("wedgehog explain image"), std::string::npos);
}

TEST(plans, packages_are_the_same_in_any_order) {
  auto const of = [](std::string const& packages) {
    return parse("name: x\nimage: linux\npackages: " + packages +
                     "\nvariants: {tool: [fio]}\nsteps: [reset]\n",
                 "x")
        .plans.at(0)
        .packages;
  };
  std::vector<std::string> const both{"fio", "g++"};
  EXPECT_EQ(of("[g++, fio]"), both);
  EXPECT_EQ(of("[\"${{ tool }}\", g++, fio]"), both);
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

// A file of delays as a reader that knows one would give it.
options with_file(std::string text) {
  return {.read_file = [text = std::move(text)](std::string const& name) -> result<std::string> {
    if (name == "traces/slow") return text;
    return recipe_error(name + ": No such file or directory");
  }};
}

constexpr std::string_view traced = R"(name: traced
image: linux
disks: {data: 1GiB}
variants: {from: [slow]}
steps:
  - inject: {fault: latency, disk: data, trace_file: "traces/${{ from }}"}
)";

TEST(trace_files, what_they_say_is_in_the_plan) {
  auto const read = parse(traced, "t.yaml", with_file("# measured\n1ms\r\n\n  1.5ms # late\n40ms"));
  ASSERT_EQ(print(read.complaints, "t.yaml"), "");
  auto const& what = std::get<plan::inject>(read.plans.at(0).steps.at(0).what);
  EXPECT_EQ(plan::text_of(what, "trace"), "1ms 1ms500us 40ms");
  EXPECT_EQ(plan::text_of(what, "trace_file"), std::nullopt);
  EXPECT_EQ(plan::from_text(plan::to_text(read.plans[0])).value(), read.plans[0]);
}

TEST(trace_files, mistakes_are_told_with_their_line) {
  auto const complaint = [](std::string text) {
    auto const read = parse(traced, "t.yaml", with_file(std::move(text)));
    return print(read.complaints, "t.yaml");
  };
  EXPECT_NE(complaint("1ms\n5\n")
                .find("t.yaml:6:54: traces/slow:2: '5' is not a duration: the "
                      "unit is missing; write it like"),
            std::string::npos)
      << complaint("1ms\n5\n");
  EXPECT_NE(complaint("2h\n").find("traces/slow:1: 2h is too long; a delay is at most 1h"),
            std::string::npos);
  EXPECT_NE(complaint("# nothing\n").find("traces/slow lists no delay"), std::string::npos);
}

TEST(trace_files, that_cannot_be_read_are_complaints) {
  std::string text(traced);
  text.replace(text.find("[slow]"), 6, "[fast]");
  auto const missing = print(parse(text, "t.yaml", with_file("1ms")).complaints, "t.yaml");
  EXPECT_NE(missing.find("traces/fast: No such file or directory; the name of a file counts from "
                         "the recipe's folder"),
            std::string::npos)
      << missing;
  auto const nowhere = print(parse(traced, "t.yaml").complaints, "t.yaml");
  EXPECT_NE(nowhere.find("no file can be named here"), std::string::npos) << nowhere;
}

}  // namespace
}  // namespace wedgehog::recipe
