// The workload is stopped, or it ended badly and none runs beside it: the guest is well.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {
namespace {

// The signal that ended it; 0: none. Older recordings have one number for both.
std::int64_t signal_of(workload_view::one const& ended) {
  if (ended.killed_by) return *ended.killed_by;
  std::int64_t const code = ended.exit_code.value_or(0);
  return code < 0 ? -code : std::max<std::int64_t>(code - 128, 0);
}

}  // namespace

std::optional<finding> workload_end(view const& seen) {
  finding one;
  if (auto const* work = seen.workloads.most_stuck()) {
    if (work->state != "stopped") return std::nullopt;
    one.state = state_word::workload_stopped;
    one.because.push_back(fmt::format("'{}' is stopped; its last operation ended {:.0f} s ago",
                                      seen.workloads.name_of_most_stuck(), seen.stalled_s()));
    return one;
  }
  auto const* ended = seen.workloads.worst_ended();
  if (ended == nullptr) return std::nullopt;
  if (auto const signal = signal_of(*ended); signal != 0) {
    one.state = state_word::workload_died;
    one.because.push_back(fmt::format("a workload was killed by signal {}", signal));
  } else {
    one.state = state_word::workload_failed;
    one.because.push_back(
        fmt::format("a workload ended with exit code {}", ended->exit_code.value_or(0)));
  }
  return one;
}

}  // namespace wedgehog::verdict::detectors
