// Runs a command's work on a loop of its own. The first Ctrl-C asks for an orderly end, the second
// ends at once; no child survives us either way (parent-death signals).
#pragma once

#include <functional>

#include "conductor/interruption.hpp"

namespace wedgehog::cli {

// True when it was interrupted. Rethrows what the work throws.
bool perform_interruptible(
    std::function<loop::awaitable<void>(conductor::interruption& stop)> const& work);

}  // namespace wedgehog::cli
