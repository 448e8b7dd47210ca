// An order in a file, played into a folder: what every performer does, whoever listens to it.
#pragma once

#include <functional>
#include <string>

#include "cli/interruptible.hpp"
#include "conductor/progress.hpp"

namespace wedgehog::cli {

struct order_to_play {
  std::string order;
  std::string folder;
  std::uint64_t restarts = 0;  // so many times a cluster has begun it anew, beside
};

struct order_witness {
  conductor::progress_sink tell{};  // on the loop
  // While the run is played; cancelled at its end.
  std::function<loop::awaitable<void>(work_context)> beside{};
  // Once the folder is sealed.
  std::function<loop::awaitable<void>(work_context)> after{};
};

// The exit code of the process.
int perform_order(order_to_play const& asked, order_witness const& witness);

// The same for a supervisor that shares no folder with this host: the order comes on standard
// input, the folder goes out on standard output while it grows.
int perform_streamed();

}  // namespace wedgehog::cli
