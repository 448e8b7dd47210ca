// The append-only record of a run. Signals arrive in the order in which they were seen; their times
// may be out of order when a source reports late, so readers sort for themselves where order
// matters.
#pragma once

#include <cstdint>
#include <functional>
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

// Reads timeline text that comes in pieces, cut anywhere: a run of many hours need not stand in
// memory whole. Never fails: what can be read is read, the rest is counted.
class text_reader {
 public:
  static constexpr std::size_t longest_line = std::size_t{4} << 20U;  // longer ones are skipped

  using sink = std::function<void(signal one)>;
  explicit text_reader(sink signals) : signals_(std::move(signals)) {}

  void feed(std::string_view piece);
  // The text has ended: takes a last line that has no line feed.
  void finish();

  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }
  [[nodiscard]] std::string const& first_complaint() const { return first_complaint_; }

 private:
  void line(std::string_view text);
  void skip(std::string why);

  sink signals_;
  std::string begun_;  // of a line whose end is not here yet
  bool too_long_ = false;
  std::uint64_t skipped_ = 0;
  std::string first_complaint_;
};

struct reading {
  timeline signals;
  std::uint64_t skipped = 0;    // lines that could not be read: an unknown kind, a cut last line
  std::string first_complaint;  // about the first of them
};
// Never fails: what can be read is read.
[[nodiscard]] reading read_text(std::string_view text);

}  // namespace wedgehog::timeline
