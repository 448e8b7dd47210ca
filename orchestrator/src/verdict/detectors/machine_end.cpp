// QEMU is gone: what ended it, as far as the events before tell.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {
namespace {

// Linux 6.1, signal(7). Of these the guest is innocent, whatever it did; others may be QEMU's
// answer to it.
constexpr int killed = -9;
constexpr int bus_error = -7;

// What the host did to QEMU; empty: it was not the host.
std::string done_by_host(machine_view const& machine) {
  if (!machine.host_fault.empty()) return machine.host_fault;
  if (machine.exit_code == bus_error)
    return "QEMU was killed by signal 7 (SIGBUS): the host had no room for the guest's memory";
  if (machine.exit_code == killed && !machine.kill_planned)
    return "QEMU was killed by signal 9 (SIGKILL), and not by the plan: by the host's OOM killer, "
           "or by somebody";
  return {};
}

}  // namespace

std::optional<finding> machine_end(view const& seen) {
  auto const& machine = seen.machine;
  if (machine.stopping) return std::nullopt;
  auto const& reason = machine.shutdown_reason;
  // With -no-shutdown QEMU stays after its guest has ended.
  bool const event_ends_it = reason.starts_with("guest-") || reason == "host-qmp-system-reset" ||
                             machine.run_state == "shutdown";
  if (machine.alive && !event_ends_it) return std::nullopt;

  finding one;
  if (seen.console.panic.count > 0 || machine.panic_event || reason == "guest-panic") {
    one.state = state_word::panicked;
    one.because.push_back("the kernel panicked, then QEMU ended");
    if (!seen.console.panic_line.empty()) one.because.push_back(seen.console.panic_line);
    return one;
  }
  if (seen.reset_expected || machine.reset_planned || reason == "planned") return std::nullopt;
  if (reason == "guest-reset") {
    one.state = state_word::rebooted;
    one.because.push_back("the guest reset its machine, and QEMU ended as it was told to");
  } else if (reason == "host-qmp-system-reset") {
    one.state = state_word::rebooted;
    one.because.push_back("the reset button was pressed, and QEMU ended as it was told to");
  } else if (reason == "guest-shutdown" || machine.alive) {
    one.state = state_word::exited;
    one.because.push_back("the guest powered itself off");
  } else if (auto host = done_by_host(machine); !host.empty()) {
    one.state = state_word::host_stopped;
    one.because.push_back(std::move(host));
  } else {
    one.state = state_word::exited;
    auto const code = machine.exit_code;
    one.because.push_back(!code ? "QEMU is gone"
                          : *code < 0
                              ? fmt::format("QEMU was killed by signal {}", -std::int64_t{*code})
                              : fmt::format("QEMU ended with exit code {}", *code));
  }
  return one;
}

}  // namespace wedgehog::verdict::detectors
