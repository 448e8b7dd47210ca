// The disk that a user brings: what it is, and a copy of it that may be changed. It is only read.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "loop/clock.hpp"

namespace wedgehog::adoption {

struct source_disk {
  std::string file;              // absolute
  std::string format;            // "raw", "qcow2", "vmdk"
  std::uint64_t disk_bytes = 0;  // as the guest sees it
  std::uint64_t file_bytes = 0;
  std::uint64_t used_bytes = 0;  // of the host's disk
};

// Blame: recipe when it is no disk that a PC's BIOS can boot from (missing, a medium for
// installing, without a boot sector, in need of another file); host when nobody can say.
loop::awaitable<result<source_disk>> examine(std::string file);

// The first bytes of a disk: why nothing can boot from it; empty: it can.
[[nodiscard]] std::string why_not_bootable(std::string_view first_bytes);
inline constexpr std::uint64_t bytes_to_look_at = 64U << 10U;

// A qcow2 of its own, above nothing. Blame: host, also when there is no room for it.
loop::awaitable<result<void>> copy(source_disk const& from, std::string to);

}  // namespace wedgehog::adoption
