// A seed played from its draw to its promises.
#pragma once

#include "tests/simulation/promises.hpp"

namespace wedgehog::simulation {

struct played_seed {
  std::string recipe;
  record read;
  std::vector<std::string> broken;
};

// `look`: as life_options::look, with the run's folder.
[[nodiscard]] played_seed play_seed(
    std::uint64_t seed,
    std::function<void(std::uint64_t turn, std::filesystem::path const&)> look = {});
// The same for a plan that was not drawn.
[[nodiscard]] played_seed play_plan(
    plan::plan what, bad_day day, std::uint64_t seed,
    std::function<void(std::uint64_t turn, std::filesystem::path const&)> look = {});

}  // namespace wedgehog::simulation
