// Where runs are on disk, and what a folder tells of itself without being read whole.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "store/run.hpp"

namespace wedgehog::store {

// When a run's folder was last written to.
[[nodiscard]] moment last_heard_of(std::filesystem::path const& folder, moment otherwise);

// False when another run has taken the folder's place.
[[nodiscard]] bool holds(std::filesystem::path const& folder, stored_run const& run);

// An identity for a folder that has none: of its path and what it was told to do.
[[nodiscard]] std::string derived_uid(std::filesystem::path const& folder);

// Of two places in which a run is, the one to remember: here rather than elsewhere. The order in
// which they became known is nothing.
[[nodiscard]] std::string better_place(std::string const& a, std::string const& b);

// The folders of runs below a results directory, by name.
[[nodiscard]] std::vector<std::filesystem::path> folders_of_runs(std::filesystem::path const& root);

// Copies the regular files below `from`, with their holes and times, to a folder that is not there
// yet; half a copy is never seen under its name. Blame: host.
result<void> copy_folder(std::filesystem::path const& from, std::filesystem::path const& to);

}  // namespace wedgehog::store
