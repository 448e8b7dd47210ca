// Files on their way between host and guest: what a recipe takes along, and what `fetch` brings
// back.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "archive/unpack.hpp"
#include "base/error.hpp"
#include "plan/plan.hpp"

namespace wedgehog::conductor {

// Packs the plan's `files` into files_tar(folder), and notes path, source, size and SHA-256 of each
// in files.json; once: what was packed there before stays. Blocking. Blame: recipe when one is
// missing.
result<void> pack_files(plan::plan const& what, std::filesystem::path const& folder);

// A script that writes a tar of these paths to its output, from the root of the guest.
[[nodiscard]] std::string packing_script(std::vector<std::string> const& paths);

// "3 files, 1.2 KiB; left out 1: /dev/zero: it is neither a file nor a folder"
[[nodiscard]] std::string describe(archive::unpacked const& what);

}  // namespace wedgehog::conductor
