// How many runs a host bears at once, and what of it is the first to be used up. A pure function of
// what the host has and of what one run takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.hpp"

namespace wedgehog::farm {

struct host_room {
  std::uint64_t memory = 0;    // bytes that the kernel would give away now
  std::uint64_t tmpfs = 0;     // bytes of the file system of guest memory that nobody was promised
  double idle_processors = 0;  // as seen a moment ago
  std::uint64_t descriptors = 0;  // that this process may have open
  std::uint64_t processes = 0;    // and threads, that may still begin
  std::uint64_t maps = 0;         // that one process may have
};

// The most that one run comes to take.
struct run_needs {
  std::uint64_t memory = 0;
  std::uint64_t tmpfs = 0;
  double processors = 0;
  std::uint64_t descriptors =
      4;  // of its supervisor: a pipe and a process, and what a report reads
  std::uint64_t processes = 24;
  std::uint64_t maps = 4096;  // of QEMU, with what it translated
};
// `vcpus` does not count: a recipe says how many a guest has, not what it does with them.
[[nodiscard]] run_needs needs_of_booted(std::uint64_t guest_memory);
[[nodiscard]] run_needs needs_of_clone(std::uint64_t guest_memory);
// Of a guest that does nothing but beat.
[[nodiscard]] run_needs idle(run_needs of);

struct admission {
  std::size_t fit = 0;
  std::string limited_by;  // "processors: 2.0 are idle, a run takes 0.25"
};
[[nodiscard]] admission admit(host_room const& room, run_needs const& one);

// Whether another run may begin now, as far as memory goes: who has to wait for a processor finds
// out by himself. Blame: host.
[[nodiscard]] result<void> room_for_another(host_room const& room, run_needs one);

// Of so many at once, when a run was starved beside others: at least one goes on.
[[nodiscard]] std::size_t after_starving(std::size_t at_once);

}  // namespace wedgehog::farm
