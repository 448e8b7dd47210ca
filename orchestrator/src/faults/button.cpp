// The two buttons of the machine. `reset` begins the guest anew without asking it: nothing that it
// had in memory reaches a disk, and a healthy one finds its file systems as after a crash. The
// power button only tells the guest (ACPI): a healthy one ends its work and powers itself off.
#include <fmt/format.h>

#include <optional>

#include "faults/fault.hpp"
#include "faults/standstill.hpp"

namespace wedgehog::faults {
namespace {

struct button_kind {
  std::string_view command;
  // Why the machine then ends, in QEMU's words: that it did is the hit.
  std::string_view reason;
  // QEMU waits for its disks first, and would be deaf until a held request is let go.
  bool drains;
};

class button final : public fault {
 public:
  button(button_kind const& kind, fault_targets& targets) : kind_(kind), targets_(targets) {}

  loop::awaitable<result<std::string>> begin() override {
    auto& monitor = targets_.machine->monitor();
    if (kind_.drains) {
      auto const quiet =
          co_await quiet_disks(targets_.disks, monitor, targets_.time, "reset the machine");
      if (!quiet) co_return quiet.error();
    }
    events_.emplace(monitor.listen());
    auto const pressed = co_await monitor.execute(std::string(kind_.command));
    if (!pressed) co_return pressed.error();
    co_return fmt::format("QMP {}", kind_.command);
  }
  loop::awaitable<result<std::string>> end() override {
    co_return std::string("there is nothing to heal");
  }
  loop::awaitable<std::uint64_t> hits() override {
    while (auto const one = events_ ? events_->take() : std::nullopt)
      if (one->name == "SHUTDOWN" || one->name == "RESET") hit_ = hit_ || is_ours(*one);
    co_return hit_ ? 1 : 0;
  }

 private:
  [[nodiscard]] bool is_ours(qmp::event const& one) const {
    auto const* const reason = one.data.if_contains("reason");
    return reason != nullptr && reason->is_string() && reason->get_string() == kind_.reason;
  }

  button_kind kind_;
  fault_targets& targets_;
  std::optional<qmp::subscription> events_;
  bool hit_ = false;
};

}  // namespace

std::unique_ptr<fault> make_reset(plan::inject const&, fault_targets& targets) {
  // QEMU 7.2, seen 2026-11: with -action reboot=shutdown the SHUTDOWN event has this reason, too.
  button_kind const kind{"system_reset", "host-qmp-system-reset", true};
  return std::make_unique<button>(kind, targets);
}

std::unique_ptr<fault> make_power_button(plan::inject const&, fault_targets& targets) {
  // POWERDOWN is only QEMU's word that it told the guest.
  button_kind const kind{"system_powerdown", "guest-shutdown", false};
  return std::make_unique<button>(kind, targets);
}

}  // namespace wedgehog::faults
