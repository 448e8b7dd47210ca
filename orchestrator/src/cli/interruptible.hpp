// Runs a command's work on a loop of its own. The first Ctrl-C asks for an orderly end, the second
// ends at once; no child survives us either way (parent-death signals).
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>

#include "loop/interruption.hpp"

namespace wedgehog::cli {

// What the work is given; it ends with the work.
struct work_context {
  loop::interruption& stop;
  loop::asio::thread_pool& pool;  // for what blocks
  loop::asio::any_io_executor executor;
};

// True when it was interrupted. Rethrows what the work throws.
bool perform_interruptible(std::function<loop::awaitable<void>(work_context context)> const& work);

}  // namespace wedgehog::cli
