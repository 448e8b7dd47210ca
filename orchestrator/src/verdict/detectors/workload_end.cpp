// A workload is gone that should not be, or ended badly: the guest is well, the work is not,
// however well others go on.
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

// Whoever presses the power button asks all work to end.
bool asked_to_end(view const& seen) {
  return std::any_of(seen.faults.all.begin(), seen.faults.all.end(),
                     [](auto const& each) { return each.second.kind == "power-button"; });
}

// Where nobody is heard any more, a workload that ended is the least of it: the whole user space
// went, or the kernel.
bool somebody_lives(view const& seen) {
  return seen.life.sources.empty() ||
         std::any_of(seen.life.sources.begin(), seen.life.sources.end(), [&](auto const& each) {
           return seen.life.beats(each.first, seen.now_s, thresholds::end_grace_s);
         });
}

}  // namespace

std::optional<finding> workload_end(view const& seen) {
  auto const* ended = seen.workloads.failed();
  if (ended == nullptr || seen.machine.stopping || asked_to_end(seen) || !somebody_lives(seen))
    return std::nullopt;
  auto const& name = seen.workloads.name_of(ended);
  double const ago_s = std::max(0.0, seen.now_s - ended->ended_s);
  auto const code = ended->exit_code.value_or(0);
  finding one;
  if (auto const signal = signal_of(*ended); signal != 0) {
    one.state = state_word::workload_died;
    one.because.push_back(
        fmt::format("'{}' was killed by signal {} {:.0f} s ago", name, signal, ago_s));
  } else if (code == 0) {
    one.state = state_word::workload_died;
    one.because.push_back(fmt::format(
        "'{}' is to run until the run ends, and ended with exit code 0 {:.0f} s ago", name, ago_s));
  } else {
    one.state = state_word::workload_failed;
    one.because.push_back(
        fmt::format("'{}' ended with exit code {} {:.0f} s ago", name, code, ago_s));
  }
  if (!ended->last_words.empty()) one.because.push_back(ended->last_words);
  for (auto const& line : seen.workloads.last_lines(name))
    one.because.push_back(fmt::format("it wrote: {}", line));
  // What killed it may say so a moment later: a panic, a reset, a file system that gives up.
  one.sure = ago_s >= thresholds::end_grace_s;
  return one;
}

}  // namespace wedgehog::verdict::detectors
