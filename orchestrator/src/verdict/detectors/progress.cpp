// The workload's counter moved of late: whatever else is wrong, this is no wedge.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> progress(view const& seen) {
  auto const* work = seen.workloads.most_stuck();
  if (work == nullptr || seen.stalled_s() >= seen.recent_s) return std::nullopt;
  if (work->fails(seen.now_s, seen.recent_s)) return std::nullopt;  // see workload_errors
  // Guest time stands still while the host starves it: then only progress by host time counts.
  if (seen.starved(seen.now_host_s) && seen.now_host_s - work->progress_host_s >= seen.recent_s)
    return std::nullopt;
  finding one;
  one.state = state_word::ok;
  one.because.push_back(fmt::format("'{}' progressed {:.1f} s ago ({} done)",
                                    seen.workloads.name_of_most_stuck(), seen.stalled_s(),
                                    work->done));
  auto const rate = work->rate();
  if (!rate || *rate >= thresholds::slow_rate * work->best_rate) return one;
  auto const busy = seen.storage.busy(seen.now_host_s);
  bool const storage = busy && *busy >= thresholds::busy_share;
  bool const host = seen.starved(seen.now_host_s);
  double const burned = seen.processors.host_share();
  bool const processors = burned >= thresholds::burning && seen.processors.awake_share() >= 0.9;
  bool const memory = seen.lacks_memory();
  if (!storage && !host && !processors && !memory) return one;
  one.state = state_word::slow;
  one.because.push_back(fmt::format("{:.1f} operations/s, {:.0f} % of the best 10 s of this run",
                                    *rate, 100 * *rate / work->best_rate));
  if (storage)
    one.because.push_back(fmt::format("storage is busy {:.0f} % of the time and completes {:.1f}/s",
                                      100 * *busy, seen.storage.completions_per_second()));
  if (memory)
    one.because.push_back(fmt::format("the guest is short of memory: {:.0f} pages/s come back",
                                      seen.kernel.refaults_per_second()));
  if (host)
    one.because.push_back(fmt::format("the host gives its vCPUs {:.0f} % of a CPU", 100 * burned));
  else if (processors)
    one.because.push_back("its vCPUs never rest");
  return one;
}

}  // namespace wedgehog::verdict::detectors
