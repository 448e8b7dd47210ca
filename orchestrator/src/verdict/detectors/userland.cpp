// The kernel lives, no user process is heard: starved when the CPUs burn, dead when they rest. A
// real-time voice that gets through does not speak for ordinary processes.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {
namespace {

// Ordinary processes are silent while a real-time one is heard: starved when user code that never
// rests explains it.
std::optional<finding> ordinary_starved(view const& seen, double silent_s) {
  double const burned = seen.processors.host_share();
  double const user = seen.processors.user_share();
  if (burned < thresholds::burning || user < burned / 2 || seen.processors.awake_share() < 0.9)
    return std::nullopt;
  finding one;
  one.state = state_word::userland_starved;
  one.because.push_back(
      fmt::format("no ordinary process is heard for {:.0f} s, a real-time one is", silent_s));
  one.because.push_back(
      fmt::format("the vCPUs never rest and use {:.0f} % of a CPU, {:.0f} % in "
                  "user mode",
                  100 * burned, 100 * user));
  return one;
}

}  // namespace

std::optional<finding> userland(view const& seen) {
  auto const& life = seen.life;
  bool const fifo_known = life.sources.contains(beat_fifo);
  bool const ordinary_known = life.sources.contains(beat_ordinary);
  if (!fifo_known || !ordinary_known) return std::nullopt;  // one source is one sign
  double const ordinary_s = *life.silent_s(beat_ordinary, seen.now_s);
  double const least_s = std::min(*life.silent_s(beat_fifo, seen.now_s), ordinary_s);
  if (ordinary_s < seen.quiet_s || seen.kernel.fresh(seen.now_s)) return std::nullopt;
  if (!seen.processors.known(seen.now_host_s)) return std::nullopt;
  if (least_s < seen.quiet_s) return ordinary_starved(seen, ordinary_s);
  if (seen.workloads.most_stuck() != nullptr && seen.reports_come()) return std::nullopt;

  bool const kernel_beats = life.beats(beat_kernel, seen.now_s, seen.quiet_s) ||
                            life.beats(beat_workqueue, seen.now_s, seen.quiet_s);
  double const burned = seen.processors.host_share();
  finding one;
  one.because.push_back(fmt::format("no user process is heard for {:.0f} s", least_s));
  if (kernel_beats) one.because.push_back("the kernel's own beats arrive");
  one.because.push_back(
      fmt::format("the vCPUs use {:.0f} % of a CPU and are awake in {:.0f} % of "
                  "the samples",
                  100 * burned, 100 * seen.processors.awake_share()));
  if (burned >= thresholds::burning && seen.processors.awake_share() >= 0.5) {
    // Without a beat of the kernel's own a burning CPU may as well be stuck inside it.
    if (!kernel_beats && seen.processors.user_share() < burned / 2) return std::nullopt;
    one.state = state_word::userland_starved;
    return one;
  }
  // The agent's line may be what broke: without a beat of the kernel's own, only with a killer
  // seen.
  if (!kernel_beats && seen.console.oom.count == 0) return std::nullopt;
  one.state = state_word::userland_dead;
  if (seen.console.oom.count > 0) one.because.push_back("the OOM killer was at work");
  return one;
}

}  // namespace wedgehog::verdict::detectors
