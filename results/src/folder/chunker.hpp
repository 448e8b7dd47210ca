// Gathers signals into chunks worth a write: every few seconds of signal time, or sooner when there
// are many. What a killed orchestrator loses of a timeline is what stands here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "timeline/signal.hpp"

namespace wedgehog::folder {

struct chunk_limits {
  microseconds span{5'000'000};
  std::size_t bytes = 64 * 1024;
};

// Pure; lives on the loop thread, its chunks go to run_writer::keep_timeline elsewhere.
class chunker {
 public:
  explicit chunker(chunk_limits limits = {}) : limits_(limits) {}

  // The text of a chunk that became due, to be kept now.
  std::optional<std::string> append(timeline::signal const& one);
  // What is left; empty when nothing is.
  std::string take();

 private:
  chunk_limits limits_;
  microseconds opened_at_{};
  std::string text_;
};

}  // namespace wedgehog::folder
