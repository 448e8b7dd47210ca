// What `hammer2 dumpchain` makes DragonFly's kernel print: up to 100,000 chains of a mounted
// HAMMER2 file system, two to four lines each. Nobody reads that; how many there are of each kind,
// and which are dirty, is what tells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wedgehog::console {

struct chain_kind {
  char type = '?';  // i inode, a data, n indirect, f freemap, v volume
  std::uint32_t flags = 0;
  std::int64_t references = 0;
  std::uint64_t count = 0;
};

struct chain_summary {
  std::uint64_t chains = 0;
  std::uint64_t dirty = 0;        // modified, and not yet on the medium
  std::uint64_t referenced = 0;   // in somebody's hands
  std::vector<chain_kind> kinds;  // the most frequent first, at most 64
  std::uint64_t of_other_kinds = 0;
};

// Tolerates anything between the lines: they come out on the console, among others.
[[nodiscard]] chain_summary read_chains(std::string_view text);

// "ALLOCATED MODIFIED UPDATE"; bits without a name as a number.
[[nodiscard]] std::string chain_flags(std::uint32_t flags);

// For a person; empty when there was no chain.
[[nodiscard]] std::string described(chain_summary const& all);

}  // namespace wedgehog::console
