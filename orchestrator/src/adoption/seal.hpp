// The folder of an adopted image, when all has been done: its disk is read-only and known by its
// sum, image.json says how it was made.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adoption/transcript.hpp"
#include "base/error.hpp"

namespace wedgehog::adoption {

inline constexpr std::string_view system_disk = "disk.qcow2";

struct made_from {
  std::string name;
  std::string os;
  std::string kind;  // the folder of images/ whose profile it has
  std::string kernel_release;
  std::string source;
  std::string source_sha256;
  std::string source_format;
  std::uint64_t source_bytes = 0;
  std::string agent_version;
  std::string agent_sha256;
  std::string wedgehog;
  std::string when;                     // "2026-11-29T21:00:00Z"
  std::vector<std::string> packages{};  // that are installed on it; none: it is not known
  std::string inputs;                   // of a build: what it was made of; empty: a user's own disk
};

// Makes the disk in `folder` read-only and writes image.json beside it. Blocks for as long as the
// disk is read. Blame: host.
result<void> seal(std::string const& folder, made_from const& how);

// The profile of a kind of systems, as that of an image `name`: without the talk with the console
// that starts an agent which is no service.
[[nodiscard]] std::string profile_of_adopted(std::string const& text, std::string const& name);

}  // namespace wedgehog::adoption
