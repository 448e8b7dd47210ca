// A performer may be killed at any moment: after every turn of its scheduler the folder is read as
// it stands, which is what a SIGKILL there would leave. It reads, it can be judged, and nothing
// that stood in it goes away again.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "loop/temporary.hpp"
#include "tests/simulation/killed_life.hpp"
#include "tests/simulation/plans.hpp"
#include "tests/simulation/played_seed.hpp"
#include "vm/runtime_directory.hpp"

namespace wedgehog::simulation {
namespace {

class killed_performer : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(killed_performer, at_any_turn_leaves_a_folder_that_reads) {
  // Every turn of a short life, and of the others as many as are quick to look at.
  constexpr std::uint64_t looks = 120;
  auto const seed = GetParam();
  auto const whole = play_seed(seed);
  auto const step = std::max<std::uint64_t>(whole.read.lived.turns / looks, 1);
  auto const final_text = timeline::to_text(whole.read.signals);
  bool begun = false;
  std::size_t longest = 0;
  std::uint64_t looked = 0;
  auto const look = [&](std::uint64_t turn, std::filesystem::path const& folder) {
    if (turn % step != 0) return;
    ++looked;
    auto const left = read_as_it_stands(folder);
    ASSERT_TRUE(left || !begun) << fmt::format("seed {}, turn {}: it read before", seed, turn);
    if (!left) return;
    begun = true;
    EXPECT_GE(left->timeline.size(), longest) << fmt::format("seed {}, turn {}", seed, turn);
    longest = std::max(longest, left->timeline.size());
    EXPECT_TRUE(final_text.starts_with(left->timeline))
        << fmt::format("seed {}, turn {}: what stood there is not what came of it", seed, turn);
    // What was announced is not lost.
    if (left->evidence_began && whole.read.lived.done) {
      EXPECT_EQ(left->verdict, whole.read.lived.done->said.verdict)
          << fmt::format("seed {}, turn {}", seed, turn);
    }
  };
  auto const again = play_seed(seed, look);
  EXPECT_TRUE(again.broken.empty());
  EXPECT_TRUE(begun);
  EXPECT_GT(looked, looks / 2);
}
INSTANTIATE_TEST_SUITE_P(seeds, killed_performer, ::testing::Values(1, 2, 5, 8, 13, 21, 34, 55));

TEST(killed, leaves_nothing_that_the_next_run_does_not_sweep) {
  for (std::uint64_t const turn : {50, 400}) {
    auto const home = loop::temporary_directory::make("/dev/shm").value();
    life_options options{.seed = 1, .what = draw_plan(1).what};
    options.into = std::filesystem::path(home.path()) / "run";
    options.runtime = std::filesystem::path(home.path()) / "runtime";
    std::filesystem::create_directory(options.runtime);
    std::filesystem::permissions(options.runtime, std::filesystem::perms::owner_all);
    play_until_killed(options, turn);
    EXPECT_FALSE(std::filesystem::is_empty(options.runtime)) << turn << ": nothing was running";
    ::setenv("WEDGEHOG_RUNTIME", options.runtime.c_str(), 1);
    vm::runtime_directory::sweep();
    ::unsetenv("WEDGEHOG_RUNTIME");
    EXPECT_TRUE(std::filesystem::is_empty(options.runtime)) << turn;
    EXPECT_TRUE(read_as_it_stands(options.into)) << turn;
  }
}

}  // namespace
}  // namespace wedgehog::simulation
