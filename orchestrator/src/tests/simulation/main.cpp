// The tests; or one life, to be looked at:
//
//   simulation_test --seed N            what was drawn, what came of it, which promises broke
//   simulation_test --seed N --timeline  and every signal of it
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

#include "tests/simulation/played_seed.hpp"

namespace wedgehog::simulation {
namespace {

int show(std::uint64_t seed, bool with_timeline) {
  auto const played = play_seed(seed);
  auto const& read = played.read;
  fmt::print("{}\n# the day: {}\n", played.recipe, describe(read.day));
  if (with_timeline) fmt::print("{}", timeline::to_text(read.signals));
  fmt::print("# {} in {} turns: {}\n",
             describe_duration(std::chrono::duration_cast<microseconds>(read.lived.took)),
             read.lived.turns,
             read.lived.done ? fmt::format("{} {}: {}", read.lived.done->said.verdict,
                                           read.lived.done->said.kind,
                                           fmt::join(read.lived.done->said.because, "; "))
                             : read.lived.failure);
  for (auto const& one : played.broken) fmt::print("# BROKEN {}\n", one);
  return played.broken.empty() ? 0 : 1;
}

}  // namespace
}  // namespace wedgehog::simulation

int main(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) != "--seed") continue;
    bool const with_timeline = std::string_view(argv[argc - 1]) == "--timeline";
    return wedgehog::simulation::show(std::strtoull(argv[i + 1], nullptr, 10), with_timeline);
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
