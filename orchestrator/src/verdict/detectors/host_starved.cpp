// The vCPUs want to run and the host does not let them: no budget runs meanwhile.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

namespace {

// The kernel complains of a processor that the host denies its own: emulated under load, a single
// page took a minute to clear, and both watchdogs spoke.
std::optional<finding> complains_of_the_host(view const& seen) {
  bool const soft = seen.stall_said(seen.console.soft_lockup);
  if (!soft && !seen.stall_said(seen.console.rcu_stall)) return std::nullopt;
  auto const denied = seen.processors.denied();
  if (!denied) return std::nullopt;
  finding one;
  one.state = state_word::host_starved;
  one.because.push_back(fmt::format(
      "the console shows {}, but the host lets vCPU {} wait for {:.0f} % of the time and run for "
      "{:.0f} %",
      soft ? "a soft lockup" : "an RCU stall", denied->index, 100 * denied->waited,
      100 * denied->ran));
  return one;
}

// The emulator needs seconds for one instruction of the guest.
std::optional<finding> emulator_crawls(view const& seen) {
  auto const* const cpu = seen.processors.crawling();
  if (cpu == nullptr) return std::nullopt;
  finding one;
  one.state = state_word::host_starved;
  one.because.push_back(
      fmt::format("the emulator crawls: a string instruction at {} makes {:.0f} steps a second in "
                  "{:.0f} % of the looks",
                  cpu->where, cpu->string_rate, 100 * cpu->samples.mean(6)));
  return one;
}

}  // namespace

std::optional<finding> host_starved(view const& seen) {
  if (auto crawls = emulator_crawls(seen)) return crawls;
  if (!seen.starved(seen.now_host_s)) return complains_of_the_host(seen);
  finding one;
  one.state = state_word::host_starved;
  if (auto const waits = seen.processors.kept_waiting(seen.now_host_s))
    one.because.push_back(
        fmt::format("the host lets vCPU {} wait for {:.0f} % of the time and run for {:.1f} %",
                    waits->index, 100 * waits->waited, 100 * waits->ran));
  else
    one.because.push_back(
        fmt::format("the vCPUs are awake in {:.0f} % of the samples but get {:.1f} % of a CPU",
                    100 * seen.processors.awake_share(), 100 * seen.processors.host_share()));
  if (seen.machine.answer_ms && *seen.machine.answer_ms > 20)
    one.because.push_back(fmt::format("QEMU needs {:.0f} ms to answer", *seen.machine.answer_ms));
  return one;
}

}  // namespace wedgehog::verdict::detectors
