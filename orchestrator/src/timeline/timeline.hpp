// The append-only record of a run. Signals arrive in the order in which they were seen; their times
// may be out of order when a source reports late, so readers sort for themselves where order
// matters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "timeline/signal.hpp"

namespace wedgehog::timeline {

class timeline {
 public:
  void append(signal one) { signals_.push_back(std::move(one)); }
  [[nodiscard]] std::vector<signal> const& signals() const { return signals_; }
  [[nodiscard]] bool empty() const { return signals_.empty(); }
  [[nodiscard]] std::size_t size() const { return signals_.size(); }

 private:
  std::vector<signal> signals_;
};

// One line per signal.
[[nodiscard]] std::string to_text(timeline const& whole);

struct reading {
  timeline signals;
  std::uint64_t skipped = 0;    // lines that could not be read: an unknown kind, a cut last line
  std::string first_complaint;  // about the first of them
};
// Never fails: what can be read is read.
[[nodiscard]] reading read_text(std::string_view text);

}  // namespace wedgehog::timeline
