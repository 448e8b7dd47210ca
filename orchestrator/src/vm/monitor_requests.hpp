// What backends ask of QEMU in the same words.
#pragma once

#include <vector>

#include "base/described.hpp"
#include "qmp/client.hpp"

namespace wedgehog::vm {

// Pure: the host's thread of each processor, of what query-cpus-fast returned; 0 where it is not
// said.
[[nodiscard]] std::vector<int> vcpu_threads_in(json::value const& cpus);

// An ELF core of guest memory into an open file, which the monitor's socket carries: a sandboxed
// QEMU needs no right to the folder. Blame: host.
loop::awaitable<result<void>> dump_memory_over(qmp::client& monitor, int into,
                                               loop::duration limit);

}  // namespace wedgehog::vm
