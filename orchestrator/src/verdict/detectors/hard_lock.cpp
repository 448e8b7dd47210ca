// vCPUs run with interrupts off for good. Needs nothing from the guest, but only counts beside
// missing progress.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {
namespace {

bool nobody_beats(view const& seen) {
  for (auto const& [name, source] : seen.life.sources)
    if (seen.life.beats(name, seen.now_s, seen.quiet_s)) return false;
  return true;
}

}  // namespace

std::optional<finding> hard_lock(view const& seen) {
  int const locked = seen.processors.locked_count(seen.now_s);
  if (locked == 0 || !seen.processors.known(seen.now_host_s)) return std::nullopt;
  bool const stalled = seen.workloads.most_stuck() != nullptr && seen.stalled_s() >= seen.recent_s;
  // Firmware polls with interrupts off: a guest that never lived is the boot deadline's business.
  bool const silent = !seen.life.sources.empty() && nobody_beats(seen);
  if (!stalled && !silent) return std::nullopt;
  bool const all = locked == static_cast<int>(seen.processors.all.size());

  finding one;
  one.state = state_word::locked_up;
  one.kind = all ? kind_word::hard : kind_word::hard_one_cpu;
  for (auto const& [index, cpu] : seen.processors.all) {
    if (!processor_view::locked(cpu, seen.now_s) || one.because.size() >= 4) continue;
    one.because.push_back(
        fmt::format("vCPU {} runs with interrupts off for {:.0f} s ({} samples in a row){}{}",
                    index, cpu.masked.lasted_s(seen.now_s), cpu.masked.samples,
                    cpu.where.empty() ? "" : ", last in ", cpu.where));
  }
  if (!all)
    one.because.push_back(fmt::format("{} of {} vCPUs", locked, seen.processors.all.size()));
  if (silent) one.because.push_back("no source of beats is heard");
  return one;
}

}  // namespace wedgehog::verdict::detectors
