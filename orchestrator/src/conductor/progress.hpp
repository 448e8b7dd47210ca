// What is said of a run while it lives, and its form on the pipe between a performer and whoever
// watches it: one JSON object a line.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/described.hpp"

namespace wedgehog::conductor {

struct progress {
  std::string run;    // its name
  std::string phase;  // boot, steps, recovery, evidence, done
  std::string step;   // the step under way
  std::string state;  // the judge's word
  double elapsed_s = 0;
  std::uint64_t workload_done = 0;
  std::string note;  // something that happened, once; empty: only the state above
  bool operator==(progress const&) const = default;
};
BOOST_DESCRIBE_STRUCT(progress, (), (run, phase, step, state, elapsed_s, workload_done, note))

using progress_sink = std::function<void(progress const&)>;

// Longer texts are cut: they may come from the guest.
inline constexpr std::size_t longest_progress_text = 1000;

[[nodiscard]] std::string to_line(progress const& now);
// Nothing for a line that is none.
[[nodiscard]] std::optional<progress> progress_from(std::string_view line);

}  // namespace wedgehog::conductor
