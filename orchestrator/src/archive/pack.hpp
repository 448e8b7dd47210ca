// Files and folders of the host, in one tar that any guest's tar can read: how a user's own
// programs travel into a guest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace wedgehog::archive {

struct to_pack {
  std::filesystem::path from;  // a file or a folder with all that is in it
  std::string to;              // its path in the guest, "/usr/local/bin/fsx"
};

struct packed {
  std::filesystem::path from;
  std::string to;
  std::uint64_t bytes = 0;
};

struct pack_limits {
  std::uint64_t bytes = std::uint64_t{4} << 30U;  // of all files together
  std::size_t entries = 200'000;
};

// Writes `tar` (GNU's form; mode 0600, must not be there yet) and tells what is in it: its regular
// files, in order. Modes are kept, owner is root, links stay links; sockets and devices are left
// out. Blame: recipe when a file is missing, unreadable or all are too large, host when the tar
// cannot be written.
result<std::vector<packed>> pack(std::vector<to_pack> const& all, std::filesystem::path const& tar,
                                 pack_limits const& limits = {});

}  // namespace wedgehog::archive
