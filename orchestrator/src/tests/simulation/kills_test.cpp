// Two thousand lives, each killed at a moment of its own: a SIGKILL for a process that plays it.
// What is left is closed in its stead, as a supervisor does, and nothing that was known is lost.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "conductor/closing.hpp"
#include "conductor/opinion.hpp"
#include "folder/files.hpp"
#include "folder/run_order.hpp"
#include "loop/temporary.hpp"
#include "tests/simulation/killed_life.hpp"
#include "tests/simulation/plans.hpp"
#include "tests/simulation/played_seed.hpp"
#include "vm/runtime_directory.hpp"

namespace wedgehog::simulation {
namespace {

namespace files = std::filesystem;

constexpr int kills_of_one_test = 20;
constexpr int kills_of_one_seed = 5;

// A place as a supervisor makes it for a performer, with the order in it.
struct ordered_place {
  loop::temporary_directory home = loop::temporary_directory::make("/dev/shm").value();
  files::path folder = files::path(home.path()) / "run";
  files::path runtime = files::path(home.path()) / "runtime";

  explicit ordered_place(plan::plan const& what) {
    EXPECT_TRUE(folder::make_folder(runtime));  // 0700, or no machine starts
    EXPECT_TRUE(folder::make_folder(folder));
    auto const order = folder::to_text({.image_folder = "none"}, plan::to_text(what));
    EXPECT_TRUE(folder::write_document(folder / folder::names::order, order));
  }
};

void expect_swept(files::path const& runtime) {
  ::setenv("WEDGEHOG_RUNTIME", runtime.c_str(), 1);
  vm::runtime_directory::sweep();
  ::unsetenv("WEDGEHOG_RUNTIME");
  EXPECT_TRUE(files::is_empty(runtime)) << "something of it stays in memory";
}

// Sealed, with an opinion only where one was proven, the same however often it is closed.
void expect_closed(files::path const& folder, left_folder const& left, record const& whole) {
  auto const closed = conductor::close_abandoned(folder, "it was killed", "a test");
  ASSERT_TRUE(closed) << closed.error().message();
  EXPECT_TRUE(closed->sealed);
  EXPECT_EQ(folder::standing_of(*closed), folder::standing::ended);
  EXPECT_LE(closed->judgements.size(), 1U);
  if (left.evidence_began && whole.lived.done) {
    ASSERT_EQ(closed->judgements.size(), 1U) << "what was announced is lost";
    EXPECT_EQ(closed->judgements[0].verdict, whole.lived.done->said.verdict);
  }
  for (auto const& opinion : closed->judgements)
    EXPECT_TRUE(left.evidence_began || opinion.exit_code == 1)
        << "a run that was cut short has not passed: " << opinion.verdict;
  auto const again = conductor::close_abandoned(folder, "it was killed", "a test");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->judgements.size(), closed->judgements.size());
  auto const after = read_as_it_stands(folder);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->timeline, left.timeline);
}

void kill_and_close(std::uint64_t seed, std::uint64_t turn, record const& whole) {
  ordered_place const place(whole.what);
  play_until_killed({.seed = seed,
                     .what = whole.what,
                     .day = whole.day,
                     .into = place.folder,
                     .runtime = place.runtime},
                    turn);
  auto const left = read_as_it_stands(place.folder);
  ASSERT_TRUE(left);
  auto const came = timeline::to_text(whole.signals);
  auto const [differs, unlike] =
      std::mismatch(left->timeline.begin(), left->timeline.end(), came.begin(), came.end());
  EXPECT_EQ(differs, left->timeline.end())
      << "what stands there is not what came of it: "
      << std::string(differs, left->timeline.end()).substr(0, 300) << " and not "
      << std::string(unlike, came.end()).substr(0, 300);
  expect_swept(place.runtime);
  expect_closed(place.folder, *left, whole);
}

class two_thousand : public ::testing::TestWithParam<int> {};

TEST_P(two_thousand, kills_cost_no_run_that_ended_and_no_verdict_that_was_announced) {
  auto luck = chance(static_cast<std::uint64_t>(GetParam())).stream("kills");
  for (int i = 0; i < kills_of_one_test; ++i) {
    auto const seed = luck.below(1'000'000'000);
    auto const whole = play_seed(seed).read;
    for (int kill = 0; kill < kills_of_one_seed; ++kill) {
      auto const turn = luck.below(whole.lived.turns);
      SCOPED_TRACE(fmt::format("seed {}, turn {} of {}", seed, turn, whole.lived.turns));
      kill_and_close(seed, turn, whole);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(kills, two_thousand, ::testing::Range(0, 20));

}  // namespace
}  // namespace wedgehog::simulation
