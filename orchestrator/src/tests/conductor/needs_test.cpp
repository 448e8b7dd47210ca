// What a plan needs, held against machines and guests that lack something.
#include "conductor/needs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/mp11.hpp>
#include <filesystem>

#include "faults/fault.hpp"
#include "guest/named_build.hpp"
#include "recipe/recipe.hpp"
#include "tests/file_text.hpp"
#include "vm/backends.hpp"
#include "vm/image.hpp"

namespace wedgehog::conductor {
namespace {

using ::testing::HasSubstr;

vm::abilities everything() {
  auto const& all = vm::all_abilities();
  return {all.begin(), all.end()};
}

guest::profile able_guest() {
  guest::profile one;
  auto const& all = guest::all_abilities();
  one.can.insert(all.begin(), all.end());
  one.collectors = {"ps", "dmesg"};
  one.boot.sysctl = "s.{name}={value}";
  return one;
}

plan::plan with_fault(std::string kind) {
  plan::plan what;
  what.guest.memory = 256U << 20U;
  what.steps = {{plan::inject{.fault = std::move(kind), .as = "it"}, 7}};
  return what;
}

TEST(needs, a_machine_that_can_everything_refuses_nothing) {
  for (auto const& kind : faults::catalogue()) {
    auto what = with_fault(std::string(kind.name));
    what.on_failure.probes = {"echo", "sysrq-w", "io", "nmi"};
    EXPECT_TRUE(lacks_of(what, everything(), able_guest()).empty()) << kind.name;
  }
}

TEST(needs, each_ability_of_a_fault_is_missed_by_name) {
  for (auto const& kind : faults::catalogue()) {
    auto const what = with_fault(std::string(kind.name));
    for (auto const one : kind.needs.machine) {
      auto without = everything();
      without.erase(one);
      EXPECT_THAT(refusal_of(lacks_of(what, without, able_guest())),
                  HasSubstr("fault " + std::string(kind.name) + " (it): the machine has no " +
                            std::string(vm::word_of(one))));
    }
    for (auto const one : kind.needs.guest) {
      auto guest = able_guest();
      guest.can.erase(one);
      EXPECT_THAT(refusal_of(lacks_of(what, everything(), guest)),
                  HasSubstr("the guest has no " + std::string(guest::word_of(one))));
    }
  }
}

TEST(needs, every_kind_of_step_has_a_row) {
  boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, plan::action>>(
      [](auto step) {
        using kind = typename decltype(step)::type;
        auto const& rows = step_catalogue();
        EXPECT_EQ(std::count_if(rows.begin(), rows.end(),
                                [](auto const& row) { return row.word == kind::word; }),
                  1)
            << kind::word;
      });
  EXPECT_EQ(step_catalogue().size(), std::variant_size_v<plan::action>);
}

TEST(needs, a_step_is_named_with_its_place) {
  plan::plan what;
  what.steps = {{plan::parallel{{{{plan::pause{}, 12}}}}, 11}};
  auto without = everything();
  without.erase(vm::ability::monitor);
  EXPECT_THAT(refusal_of(lacks_of(what, without, able_guest())), HasSubstr("step pause, line 12"));
}

TEST(needs, what_a_recipe_gives_the_kernel_needs_a_kernel_that_takes_it) {
  plan::plan what;
  what.guest.sysctls = {{"kernel.panic", "1"}};
  what.guest.modules = {"xfs"};
  auto guest = able_guest();
  guest.can.erase(guest::ability::kernel_modules);
  auto const text = refusal_of(lacks_of(what, everything(), guest));
  EXPECT_THAT(text, HasSubstr("machine: modules"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("sysctls")));
}

TEST(needs, evidence_and_probes_that_are_missing_do_not_refuse) {
  plan::plan what;
  what.on_failure.probes = {"sysrq-w"};
  auto const lacks = lacks_of(what, {}, {});
  EXPECT_FALSE(lacks.empty());
  EXPECT_EQ(refusal_of(lacks), "");
  what.expects.answers = {"sysrq-w"};
  EXPECT_THAT(refusal_of(lacks_of(what, {}, {})), HasSubstr("probe sysrq-w"));
}

TEST(needs, limits_of_the_guest_are_held) {
  plan::plan what;
  what.guest.memory = 64U << 20U;
  what.disks = {{.name = "a-name-of-21-letters!", .size = 4096}};
  auto guest = able_guest();
  guest.least_memory = 128U << 20U;
  auto const text = refusal_of(lacks_of(what, everything(), guest));
  EXPECT_THAT(text, HasSubstr("does not boot with less than 128MiB"));
  EXPECT_THAT(text, HasSubstr("only 20 characters of its name"));
  what.on_failure.collect = {"zfs"};
  EXPECT_THAT(refusal_of(lacks_of(what, everything(), guest)), HasSubstr("collection zfs"));
}

// Each recipe that ships, held against the machines of this host and the profile of its own image.
TEST(needs, shipped_recipes_ask_nothing_that_their_image_lacks) {
  namespace files = std::filesystem;
  files::path const root = WEDGEHOG_SOURCE_DIR;
  std::set<std::string> images;
  for (auto const& entry : files::recursive_directory_iterator(root / "recipes")) {
    if (entry.path().extension() != ".yaml") continue;
    auto const beside = [&](std::string const& name) -> result<std::string> {
      return testing::text_of(entry.path().parent_path() / name);
    };
    auto const read =
        recipe::parse(testing::text_of(entry.path()), entry.path(), {.read_file = beside});
    for (auto const& what : read.plans) {
      images.insert(what.image);
      // An image that is another's build with a kernel of its own has that one's profile.
      auto const named = root / "images" / what.image / "build.yaml";
      auto const built_as = files::exists(named)
                                ? guest::read_named_build(testing::text_of(named)).value.of
                                : what.image;
      auto const guest = vm::read_profile(root / "images" / built_as / "profile.yaml");
      ASSERT_TRUE(guest) << what.image;
      EXPECT_EQ(refusal_of(lacks_of(what, vm::find_backend("direct")->can, guest.value())), "")
          << entry.path();
    }
  }
  EXPECT_GE(images.size(), 3U);
}

TEST(needs, a_clone_is_refused_what_would_reach_into_the_memory_of_others) {
  auto what = with_fault("balloon");
  EXPECT_TRUE(lacks_of(what, everything(), able_guest()).empty());
  what.guest.start = plan::beginning::clone;
  EXPECT_THAT(refusal_of(lacks_of(what, everything(), able_guest())), HasSubstr("balloon"));
}

TEST(needs, a_clone_wants_a_machine_that_can_begin_as_one) {
  plan::plan what;
  what.guest.memory = 256U << 20U;
  what.guest.start = plan::beginning::clone;
  EXPECT_TRUE(refusal_of(lacks_of(what, everything(), able_guest())).empty());
  EXPECT_THAT(refusal_of(lacks_of(what, vm::find_backend("libvirt")->can, able_guest())),
              HasSubstr("machine: start"));
}

}  // namespace
}  // namespace wedgehog::conductor
