// Picks the function to name a failure after. Frames have roles: printing, sanitizing, trapping,
// allocating, copying, locking, waiting, dispatching. Which roles are passed over depends on the
// kind of report: a hung task is named after who waits, not after the scheduler; a stalled CPU
// after the work that does not end, not after where it was caught.
#pragma once

#include <string>
#include <string_view>

#include "console/rules.hpp"
#include "console/stacks.hpp"

namespace wedgehog::console {

// Empty when the stacks name nobody. `on_line` is the function that the report's first line names,
// or empty.
[[nodiscard]] std::string guilty_function(guilt look, read_report const& report,
                                          std::string_view on_line);

// Who called the guilty function, passing over the machinery; empty when no stack says so.
[[nodiscard]] std::string caller_of(guilt look, read_report const& report,
                                    std::string_view function);

// Is the frame part of the machinery for this kind of report?
[[nodiscard]] bool is_infrastructure(guilt look, std::string_view function);

// Functions that wait for the same thing under several names: "synchronize_rcu_expedited" is
// "synchronize_rcu", "__synchronize_srcu" is "synchronize_srcu".
[[nodiscard]] std::string folded_family(std::string_view function);

}  // namespace wedgehog::console
