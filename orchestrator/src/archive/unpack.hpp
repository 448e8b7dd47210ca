// A tar that a guest wrote, into a folder of the host. Nothing a guest packs leads out of that
// folder, is more than a file or a folder, or fills the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error.hpp"

namespace wedgehog::archive {

struct unpack_limits {
  std::uint64_t bytes = std::uint64_t{256} << 20U;  // of all files together
  std::size_t entries = 10'000;
};

struct unpacked {
  std::size_t files = 0;
  std::uint64_t bytes = 0;
  std::size_t left_out = 0;  // links, devices, paths that lead out, what is beyond a limit
  std::string why{};         // the first of them, or why the tar ends too early; printable
};

// Files come out with mode 0600, folders with 0700, whatever the tar says; what is there already is
// never overwritten. A tar that is cut or damaged gives what stands before that, and `why`. Blame:
// host when a file cannot be written.
result<unpacked> unpack(std::filesystem::path const& tar, std::filesystem::path const& into,
                        unpack_limits const& limits = {});

}  // namespace wedgehog::archive
