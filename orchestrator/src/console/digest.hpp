// What a collection of evidence says, in a few lines for whoever opens a wreck: which tasks are
// stuck where, which chains are dirty, whether a pool is suspended. The collection itself is kept
// beside it; a digest claims nothing that does not stand there.
#pragma once

#include <string>
#include <string_view>

namespace wedgehog::console {

// `collection`: its name in the guest's profile ("vmstat", "dumpchain", "zio"). Empty where there
// is nothing to say, or nobody knows how to read it.
[[nodiscard]] std::string digest_of(std::string_view collection, std::string_view text);

}  // namespace wedgehog::console
