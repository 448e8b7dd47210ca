// The recipes that ship, played with a model of the guest: the performer keeps its promises with
// every one of them, and each ends as it expects to, but for those that are beyond the model. They
// are listed here with the reason.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "plan/schedule.hpp"
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

// Why a recipe cannot end as it expects to.
constexpr std::string_view no_contents =
    "the model's disks and memory keep no contents: nobody notices what became of them";
constexpr std::string_view no_shell =
    "the model does not compute: what a script finds out or measures is nothing there";
constexpr std::string_view no_processors =
    "the model's processors only are busy or idle: it has no scheduler to lock up, starve or "
    "unplug";
constexpr std::string_view no_kernel = "the model's kernel does not know how to do that";

struct beyond_the_model {
  std::string_view recipe;  // folder/name
  std::string_view why;
};
constexpr std::array beyond{
    beyond_the_model{"faults/bit-flip", no_contents},
    beyond_the_model{"faults/bit-flip-integrity", no_contents},
    beyond_the_model{"faults/lost-write", no_contents},
    beyond_the_model{"faults/misdirected-write", no_contents},
    beyond_the_model{"faults/power-cut", no_contents},
    beyond_the_model{"faults/stale-read", no_contents},
    beyond_the_model{"faults/torn-write", no_contents},
    beyond_the_model{"faults/hog-held", no_shell},
    beyond_the_model{"faults/hog-kinds", no_shell},
    beyond_the_model{"faults/latency-distributions", no_shell},
    beyond_the_model{"faults/latency-shapes", no_shell},
    beyond_the_model{"faults/nmi", no_shell},
    beyond_the_model{"faults/rate-shared", no_shell},
    beyond_the_model{"faults/pause-while-held", no_shell},
    beyond_the_model{"faults/pause-whatever-is-held", no_shell},
    beyond_the_model{"smoke/userland", no_shell},
    beyond_the_model{"seeds/dm-integrity-raid5", no_shell},
    beyond_the_model{"seeds/xfs-log-wait-schedulers", no_shell},
    beyond_the_model{"faults/unplug", no_shell},
    beyond_the_model{"lab/pool-full", no_kernel},
    beyond_the_model{"lab/held-member", no_shell},
    beyond_the_model{"lab/lost-wakeup-busy-disk", no_shell},
    beyond_the_model{"lab/userland-starved", no_shell},
    beyond_the_model{"faults/cpu-duty", no_processors},
    beyond_the_model{"faults/cpu-offline", no_processors},
    beyond_the_model{"lab/host-starved", no_processors},
    beyond_the_model{"lab/hard-lockup-one", no_processors},
    beyond_the_model{"lab/livelock-burn", no_processors},
    beyond_the_model{"lab/livelock-sleep", no_processors},
    beyond_the_model{"lab/rcu-stall", no_processors},
    beyond_the_model{"lab/soft-lockup", no_processors},
    beyond_the_model{"lab/user-spin", no_processors},
    beyond_the_model{"lab/memory-thrash", no_kernel},
    beyond_the_model{"lab/userland-dead", no_kernel},
};

std::string short_name(std::string const& file) {
  return files::path(file).parent_path().filename().string() + "/" +
         files::path(file).stem().string();
}

std::string_view why_beyond(std::string const& file) {
  auto const found = std::find_if(beyond.begin(), beyond.end(), [&file](auto const& one) {
    return one.recipe == short_name(file);
  });
  return found == beyond.end() ? std::string_view() : found->why;
}

// A machine of the model lacks what the plan needs: refused before anything is played.
std::string refused(plan::plan const& what) {
  std::string faults;
  for (auto const& one : plan::planned(what))
    if (!can_be_played(one.fault)) faults += fmt::format(" {} ({})", one.fault, one.as);
  return faults;
}

TEST_P(shipped_lives, keep_their_promises_and_end_as_expected) {
  auto what = shipped_plan(GetParam());
  ASSERT_TRUE(what) << what.error().message();
  if (what->image != "linux")
    GTEST_SKIP() << "the model's guest is a Linux one, and not " << what->image;
  if (auto const faults = refused(what.value()); !faults.empty())
    GTEST_SKIP() << "the model's machine has no process of this host for" << faults;
  if (!what->files.empty())
    GTEST_SKIP() << "the model's guest has no files: nothing of the user's own comes into it";
  auto const played = play_plan(what.value(), {}, 1);
  EXPECT_EQ(fmt::format("{}", fmt::join(played.broken, "\n")), "");
  ASSERT_TRUE(played.read.lived.done) << played.read.lived.failure;
  auto const& said = played.read.lived.done->said;
  auto const came = fmt::format("{} {}: {}, and not {}", said.verdict, said.kind,
                                fmt::join(said.because, "; "), said.expected);
  if (auto const why = why_beyond(GetParam()); !why.empty()) {
    EXPECT_FALSE(said.met) << "the model can play it now: " << came;
    fmt::print("beyond the model: {} ({})\n", why, came);
  } else {
    EXPECT_TRUE(said.met) << came;
  }
}

TEST(beyond_the_model, names_recipes_that_there_are) {
  auto const all = shipped_recipes();
  for (auto const& one : beyond)
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&one](auto const& file) {
      return short_name(file) == one.recipe;
    })) << one.recipe;
}

std::string name_of_test(::testing::TestParamInfo<std::string> const& of) {
  auto name = short_name(of.param);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(all, shipped_lives, ::testing::ValuesIn(shipped_recipes()), name_of_test);

}  // namespace
}  // namespace wedgehog::simulation
