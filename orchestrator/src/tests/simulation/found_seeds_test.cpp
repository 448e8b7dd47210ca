// Every seed that ever found something is played again.
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/simulation/played_seed.hpp"

namespace wedgehog::simulation {
namespace {

TEST(found_seeds, keep_their_promises) {
  std::ifstream file(WEDGEHOG_TESTDATA "/simulation/seeds.txt");
  ASSERT_TRUE(file);
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::uint64_t seed = 0;
    std::string why;
    ASSERT_TRUE(words >> seed && std::getline(words, why) && why.size() > 10)
        << "a line is a seed and what it found: " << line;
    auto const played = play_seed(seed);
    EXPECT_TRUE(played.broken.empty())
        << seed << " (" << why << "): " << fmt::format("{}", fmt::join(played.broken, "\n  "));
  }
}

}  // namespace
}  // namespace wedgehog::simulation
