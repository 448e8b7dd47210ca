// What a performer leaves that is killed in the middle of its simulated life, and how to kill one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "tests/simulation/life.hpp"

namespace wedgehog::simulation {

struct left_folder {
  std::string timeline;
  std::string verdict;
  bool evidence_began = false;
};
// Nothing where a killed performer had not even begun its folder; fails the test where the timeline
// does not read.
[[nodiscard]] std::optional<left_folder> read_as_it_stands(std::filesystem::path const& folder);

// In a process of its own, which is gone from one moment to the next.
void play_until_killed(life_options options, std::uint64_t turn);

}  // namespace wedgehog::simulation
