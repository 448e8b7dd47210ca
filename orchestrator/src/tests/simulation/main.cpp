// The tests; or one life, to be looked at:
//
//   simulation_test --seed N            what was drawn, what came of it, which promises broke
//   simulation_test --seed N --timeline  and every signal of it
//   simulation_test --seeds FIRST COUNT  so many lives: those that broke a promise, and how
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

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

int show_broken(std::uint64_t first, std::uint64_t count) {
  std::uint64_t broken = 0;
  for (auto seed = first; seed < first + count; ++seed) {
    auto const played = play_seed(seed);
    if (played.broken.empty()) continue;
    ++broken;
    fmt::print("{} ({}): {}\n", seed, describe(played.read.day), fmt::join(played.broken, "; "));
    std::fflush(stdout);
  }
  fmt::print("{} lives, {} broke a promise\n", count, broken);
  return broken == 0 ? 0 : 1;
}

}  // namespace
}  // namespace wedgehog::simulation

int main(int argc, char** argv) {
  std::vector<std::string_view> const words(argv + 1, argv + argc);
  auto const number = [](std::string_view word) { return std::strtoull(word.data(), nullptr, 10); };
  if (words.size() >= 2 && words[0] == "--seed")
    return wedgehog::simulation::show(number(words[1]), words.back() == "--timeline");
  if (words.size() == 3 && words[0] == "--seeds")
    return wedgehog::simulation::show_broken(number(words[1]), number(words[2]));
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
