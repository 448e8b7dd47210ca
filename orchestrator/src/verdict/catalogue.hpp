// The list of detectors, in the order in which their findings are believed. A detector is a pure
// function from the view to a finding, one file each in detectors/. To add one: its file, its
// declaration and its line here, its row in orchestrator/docs/verdicts.md, its test (a test
// compares list and document).
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "verdict/finding.hpp"
#include "verdict/view/view.hpp"

namespace wedgehog::verdict {

using detector_function = std::optional<finding> (*)(view const&);

struct detector {
  std::string_view name;
  detector_function detect;
  std::string_view from;  // the kinds of signal that it rests on, parted by blanks
};

// The first that finds a state names it; flags of all are kept.
[[nodiscard]] std::span<detector const> catalogue();

namespace detectors {

std::optional<finding> machine_end(view const& seen);
std::optional<finding> panic(view const& seen);
std::optional<finding> reboot(view const& seen);
std::optional<finding> host_hold(view const& seen);
std::optional<finding> halted(view const& seen);
std::optional<finding> debugger(view const& seen);
std::optional<finding> workload_end(view const& seen);
std::optional<finding> progress(view const& seen);
std::optional<finding> hard_lock(view const& seen);
std::optional<finding> silent_panic(view const& seen);
std::optional<finding> host_starved(view const& seen);
std::optional<finding> soft_lock(view const& seen);
std::optional<finding> userland(view const& seen);
std::optional<finding> workload_errors(view const& seen);
std::optional<finding> workload_stopped(view const& seen);
std::optional<finding> file_system(view const& seen);
std::optional<finding> frozen(view const& seen);
std::optional<finding> held_io(view const& seen);
std::optional<finding> lost_completion(view const& seen);
std::optional<finding> slow_storage(view const& seen);
std::optional<finding> memory_stall(view const& seen);
std::optional<finding> blocked_tasks(view const& seen);
std::optional<finding> throttled(view const& seen);
std::optional<finding> missing_reports(view const& seen);
std::optional<finding> user_wait(view const& seen);
std::optional<finding> waiting(view const& seen);
std::optional<finding> nothing_to_judge(view const& seen);
std::optional<finding> oops(view const& seen);
std::optional<finding> cpu_stuck(view const& seen);
std::optional<finding> memory_deadlock(view const& seen);

}  // namespace detectors
}  // namespace wedgehog::verdict
