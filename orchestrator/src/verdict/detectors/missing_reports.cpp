// The workload does not report. That is not a report of no progress: it died if its tasks vanished,
// otherwise nobody knows.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> missing_reports(view const& seen) {
  auto const* work = seen.workloads.most_stuck();
  if (work == nullptr || seen.reports_come()) return std::nullopt;
  double const silent_s = seen.now_s - work->report_s;
  finding one;
  one.state = state_word::suspect;
  one.because.push_back(fmt::format("'{}' has not reported for {:.0f} s",
                                    seen.workloads.name_of_most_stuck(), silent_s));
  bool const others_live = seen.life.beats(beat_fifo, seen.now_s, seen.quiet_s) ||
                           seen.life.beats(beat_ordinary, seen.now_s, seen.quiet_s);
  double const vanished = work->tasks_at_report - seen.kernel.tasks();
  bool const tasks_known =
      work->tasks_at_report > 0 && seen.kernel.fresh(seen.now_s) && seen.kernel.rates.size() >= 5;
  if (others_live && tasks_known && vanished >= thresholds::vanished_tasks) {
    one.state = state_word::workload_died;
    one.because.push_back(fmt::format("{:.0f} tasks vanished with it", vanished));
  } else if (others_live && seen.console.segfault.count > 0 && !tasks_known) {
    one.state = state_word::workload_died;
    one.because.push_back("the console shows a segfault");
  } else if (others_live) {
    one.because.push_back("other processes live; it may be stopped, or its reporter stuck");
  } else {
    one.because.push_back("nobody else reports either");
  }
  return one;
}

}  // namespace wedgehog::verdict::detectors
