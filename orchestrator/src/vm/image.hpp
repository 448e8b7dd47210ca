// An image that was built: what a machine boots from, and what the orchestrator must know about the
// guest inside.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/described.hpp"
#include "base/error.hpp"
#include "vm/machine_spec.hpp"

namespace wedgehog::vm {

struct image {
  std::string name;
  std::string folder;
  // Paths, as the profile says it boots: the first two, or the third.
  std::string kernel;
  std::string initramfs;
  std::string medium;          // disk.qcow2 or cd.iso
  std::string agent_disk;      // agent.img, where the agent comes on a disk
  std::string kernel_release;  // "6.1.0-56-cloud-amd64"
  std::string checksums;       // "vmlinuz sha256:…", one per line
  std::string facts;           // image.json as it stands
  std::string profile_file{};  // what is known of the guest was read there
  // Of a disk: what is installed on it, sorted; nothing when it is not known.
  std::vector<std::string> packages{};
  // Of a disk that was sealed, in nanoseconds since 1970: when it was last changed. 0: it is no
  // such image.
  std::int64_t sealed_mtime_ns = 0;
  std::uint64_t sealed_bytes = 0;
  guest_profile guest;
};

// Reads image.json (from the build) and profile.yaml (from images/<os>/). Blame: host, naming the
// file and what to run.
result<image> read_image(std::string const& built_folder, std::string const& profile_file);

// Whether a sealed disk still has the size and the time that it was sealed with: runs stand on it
// as long as they last. Every image that is no sealed disk does. Blame: host.
result<void> still_sealed(image const& what);

// Pure: of one of its files, by its path, as the image's facts have it; empty: it is none of them.
[[nodiscard]] std::string checksum_of(image const& what, std::string const& file);

// The profile alone: before anything is built or started. Blame: host, every mistake with its
// place.
result<guest_profile> read_profile(std::string const& profile_file);

}  // namespace wedgehog::vm
