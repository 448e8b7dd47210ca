// The workload is stopped, or it ended badly and none runs beside it: the guest is well.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

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
  std::int64_t const code = ended->exit_code.value_or(0);
  if (code > 128 || code < 0) {
    one.state = state_word::workload_died;
    one.because.push_back(
        fmt::format("a workload was killed by signal {}", code < 0 ? -code : code - 128));
  } else {
    one.state = state_word::workload_failed;
    one.because.push_back(fmt::format("a workload ended with exit code {}", code));
  }
  return one;
}

}  // namespace wedgehog::verdict::detectors
