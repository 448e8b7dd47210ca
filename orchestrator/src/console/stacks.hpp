// Puts a report's frames together to stacks: whose each is, in which order it stands, and what else
// the lines between them say about the failure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "console/frame.hpp"

namespace wedgehog::console {

// A run of frames that belong together, and what the text says it is.
enum class stack_kind : std::uint8_t {
  failing,    // the stack of who failed
  processor,  // another CPU's, asked for by the report
  other,      // allocation, free, lock chains, helpers' threads: not where it failed
};
struct stack {
  stack_kind kind = stack_kind::failing;
  std::string label;  // the line that announced it, shortened
  std::vector<frame> frames;
};

struct read_report {
  std::vector<stack> stacks;
  std::vector<std::string> lock_sites;  // "…, at: f" of the lock asked for and those held, in order
  std::string access;                   // "Read" or "Write", of a sanitizer's report
  std::string first_lock, second_lock;  // of a lock order reversal
  std::string workqueue_function;       // "last function: f", "Workqueue: events f"
  std::string asserting_function;       // where a failed assertion says that it stands
};

// A line of a report without its prefix, and who printed it.
struct said_line {
  std::string text;
  std::string caller;  // "T1234"; empty where nobody says so
};

// With a `caller` ("T1234") only the lines that it printed, and those that do not say who printed
// them.
[[nodiscard]] read_report read_stacks(std::vector<said_line> const& lines,
                                      std::string_view caller = {});

}  // namespace wedgehog::console
