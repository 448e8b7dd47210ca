// A run whose performer is on another host that shares no folder with us: a program here (srun)
// carries what is said to it and what it says. The run's folder here grows as the one there does;
// what has arrived when the stream is cut is closed as an interrupted run.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "farm/played_in_child.hpp"
#include "farm/stream/frames.hpp"
#include "loop/clock.hpp"
#include "loop/interruption.hpp"

namespace wedgehog::farm::stream {

struct stream_terms {
  // With its arguments: starts `wedgehog perform --stream` there, joined to its own standard input
  // and output. SIGTERM ends both.
  std::vector<std::string> carrier;
  // A performer says something once a second; one that is silent for so long hangs, or its network
  // is gone.
  loop::duration most_silence = std::chrono::minutes(15);
  // For a performer to keep and send its evidence once it is asked to end.
  loop::duration evidence = std::chrono::minutes(10);
  stream_limits limits{};
  // Whether the carrier waits for something that will not come: it is ended, if none has begun.
  std::function<bool()> is_in_vain{};
};

struct stream_end {
  bool begun = false;  // a performer has answered; else nothing was written
  std::string words;   // what the carrier said
  run_report report;   // when it has begun, or was stopped before
};

// Plays the order that stands in the folder. References must outlive the call, as in
// play_in_child. An error (blame host) when the carrier cannot be started, or nothing of the run
// can be read afterwards.
loop::awaitable<result<stream_end>> play_by_stream(loop::clock& time, loop::asio::thread_pool& pool,
                                                   loop::interruption& stop,
                                                   stream_terms const& terms,
                                                   std::filesystem::path const& folder,
                                                   line_sink const& told, close_run const& close);

}  // namespace wedgehog::farm::stream
