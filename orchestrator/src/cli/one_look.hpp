// Parts of a stored run for a person who asks why: how it looked at one moment, and the course of
// one kind of signal.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/described.hpp"
#include "timeline/signal.hpp"
#include "verdict/course.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::cli {

// Judges what was seen until then, and nothing of what came after.
class look_at {
 public:
  look_at(verdict::budgets const& granted, microseconds moment);
  void observe(timeline::signal const& one);

  // Either is asked once. The state with its reasons, then what each detector said at that look.
  [[nodiscard]] std::string table();
  [[nodiscard]] json::object object();

 private:
  struct opinion {
    std::string detector;
    std::string said;
    std::vector<std::string> because;
  };
  [[nodiscard]] std::vector<opinion> opinions();
  [[nodiscard]] verdict::judgement said();
  // After its last signal nothing is known of a run, and silence is no news.
  [[nodiscard]] microseconds when() const;

  microseconds moment_;
  bool goes_on_ = false;  // it was seen later, too
  verdict::course told_;
  verdict::judged_run judged_;
};

// Writes each signal of one kind as a line.
class course_of_signals {
 public:
  explicit course_of_signals(std::string kind) : kind_(std::move(kind)) {}
  // Empty when it is of another kind.
  [[nodiscard]] std::string line(timeline::signal const& one);

  [[nodiscard]] std::uint64_t shown() const { return shown_; }
  // "beat (1204), disk (602)": what the run has.
  [[nodiscard]] std::string kinds() const;

 private:
  std::string kind_;
  std::uint64_t shown_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

}  // namespace wedgehog::cli
