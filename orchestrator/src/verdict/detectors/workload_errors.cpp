// The workload reports errors instead of operations: it fails, the guest is well.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> workload_errors(view const& seen) {
  auto const* work = seen.workloads.most_stuck();
  if (work == nullptr || !work->fails(seen.now_s, seen.recent_s)) return std::nullopt;
  finding one;
  one.state = state_word::workload_failed;
  one.because.push_back(fmt::format("'{}' reported {} errors; it last progressed {:.0f} s ago",
                                    seen.workloads.name_of_most_stuck(), work->errors,
                                    seen.stalled_s()));
  if (seen.console.io_error.count > 0)
    one.because.push_back(fmt::format("{} I/O errors on the console{}", seen.console.io_error.count,
                                      seen.console.io_error.quoted()));
  return one;
}

}  // namespace wedgehog::verdict::detectors
