// Recordings of real guests (JSON lines, one sample a second) as signals. Pure: text in, signals
// out.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "timeline/signal.hpp"

namespace wedgehog::tools {

struct trace_sample {
  double t = 0;  // as written in the recording, for answers about it
  microseconds at{};
  std::vector<timeline::signal> signals;
};

// Keeps what counters need from sample to sample.
class trace_reader {
 public:
  // An empty list of signals and a false `is_sample` for lines that are no samples (head, probe,
  // end).
  struct line {
    bool is_sample = false;
    trace_sample sample;
  };
  // Blame: host, when the line is not a JSON object with a time.
  result<line> read(std::string_view text);

 private:
  std::uint64_t errors_ = 0;
};

}  // namespace wedgehog::tools
