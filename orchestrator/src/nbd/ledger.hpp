// The books of a disk: what was asked and answered, how long it should have taken and how long it
// took, the last requests, and everything that a silent fault did behind the guest's back.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "nbd/condition.hpp"
#include "nbd/histogram.hpp"

namespace wedgehog::nbd {

// A request that ended.
struct past_request {
  std::uint64_t serial = 0;
  request asked;
  time_point arrived{};
  microseconds served{};
  int error = 0;
  std::uint64_t by = 0;  // number of the condition that answered it; 0: the disk itself
};

// One silent fault, exactly: enough to say later whether what the guest read was its fault or ours.
struct mischief {
  std::uint64_t serial = 0;  // of the request
  time_point at{};
  std::string name;  // of the condition
  std::string kind;
  request asked;
  std::string detail;  // "only the first 3 of 8 sectors were written"
};

struct operation_count_entry {
  std::uint64_t requests = 0;  // completed, failed ones included
  std::uint64_t bytes = 0;
  std::uint64_t failed = 0;
  histogram asked;   // the delays that conditions imposed, where any did
  histogram served;  // from arrival to answer
};

class ledger {
 public:
  explicit ledger(time_point begun) : begun_(begun) { recent_.reserve(ring_size); }

  void completed(past_request const& one, microseconds delayed);
  void silent(mischief one);
  // A request whose client vanished before it was answered.
  void abandoned() { ++abandoned_; }
  void refused() { ++refused_; }

  [[nodiscard]] operation_count_entry const& of(operation what) const {
    return operations_[static_cast<std::size_t>(what)];
  }
  [[nodiscard]] std::deque<mischief> const& silent_faults() const { return silent_; }
  [[nodiscard]] time_point last_completion() const { return last_completion_; }
  [[nodiscard]] double seconds_since_begin(time_point at) const {
    return std::chrono::duration<double>(at - begun_).count();
  }
  // Counters, histograms, recent requests and silent faults; `name_of` says what a condition's
  // number means.
  void describe(json::object& into,
                std::function<std::string(std::uint64_t)> const& name_of_condition) const;

  static constexpr std::size_t ring_size = 256;
  static constexpr std::size_t most_silent = 65536;

 private:
  time_point begun_;
  time_point last_completion_{};
  std::array<operation_count_entry, operation_count> operations_;
  std::vector<past_request> recent_;
  std::size_t next_ = 0;
  std::deque<mischief> silent_;
  std::uint64_t silent_dropped_ = 0;
  std::uint64_t abandoned_ = 0;
  std::uint64_t refused_ = 0;
};

// {"operation": "write", "offset": 4096, "length": 512}
json::object describe(request const& what);
// "EIO"
std::string error_name(int error_number);

}  // namespace wedgehog::nbd
