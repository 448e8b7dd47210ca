// Reads a run's folder as far as it goes: of a run that lives, one whose performer was killed, one
// that was cut, copied in part or tampered with. What cannot be read is said, and the rest is used.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "folder/record.hpp"
#include "folder/timeline_file.hpp"
#include "plan/plan.hpp"

namespace wedgehog::folder {

enum class standing {
  living,       // its performer is there, or on a host that cannot be asked
  interrupted,  // its performer is gone and did not end it
  ended,        // sealed by its manifest
};

struct run_contents {
  std::filesystem::path folder;
  run_facts facts;  // with the texts of plan and recipe
  std::optional<plan::plan> what;
  std::optional<outcome> played;
  std::vector<judgement> judgements;  // oldest first
  std::vector<artifact> artifacts;    // of the manifest; of what is there when there is none
  bool sealed = false;
  std::optional<removal> removed;       // what was here once and need not be missed
  std::vector<std::string> complaints;  // what is missing or damaged
};

// An error when there is no such folder, or it is of a newer version. Blame: host; recipe when it
// is no run's folder at all.
result<run_contents> read_run(std::filesystem::path const& folder);

// Whether a folder can be one of a run: any file that only such a folder has.
[[nodiscard]] bool holds_run(std::filesystem::path const& folder);

[[nodiscard]] standing standing_of(run_contents const& run);

// Of a folder without a timeline: no piece.
result<timeline_extent> each_timeline_piece_of(run_contents const& run,
                                               std::function<void(std::string_view)> const& take);

// The plan's budgets as the judge wants them; those of a plain recipe when there is no plan to
// read.
[[nodiscard]] double time_scale_of(run_contents const& run);

}  // namespace wedgehog::folder
