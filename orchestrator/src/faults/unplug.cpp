// A disk is pulled out of the running guest, and plugged in again with its old content. The guest
// is asked (ACPI) and has to let go. A healthy guest fails what was on its way to the disk, finds
// it again afterwards, and does not hang.
#include <fmt/format.h>

#include "faults/fault.hpp"
#include "loop/within.hpp"
#include "vm/monitor_names.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

constexpr auto unplug_limit = 20s;

class unplug final : public fault {
 public:
  unplug(plan::inject const& what, fault_targets& targets) : disk_(what.disk), targets_(targets) {}

  loop::awaitable<result<std::string>> begin() override {
    for (auto const& held : targets_.disks.holding())
      if (held == disk_)
        co_return recipe_error(fmt::format(
            "disk {} cannot be pulled while a fault holds its requests: heal that first", disk_));
    auto& monitor = targets_.machine->monitor();
    auto events = monitor.listen();
    asked_ = true;
    json::object const arguments{{"id", targets_.machine->names().disk_device(disk_)}};
    auto const asked = co_await monitor.execute("device_del", arguments);
    if (!asked) co_return asked.error();
    gone_ = co_await loop::within(targets_.time, unplug_limit, until_deleted(events));
    if (!gone_)
      co_return guest_error(fmt::format("the guest did not let go of disk {} within {}", disk_,
                                        describe_duration(unplug_limit)));
    hit_ = true;
    co_return fmt::format("QMP device_del {}: the guest let it go",
                          targets_.machine->names().disk_device(disk_));
  }
  loop::awaitable<result<std::string>> end() override {
    if (!asked_) co_return std::string("was never pulled");
    auto const* const spec = find();
    if (spec == nullptr) co_return recipe_error("there is no disk " + disk_);
    auto const done = co_await targets_.machine->monitor().execute(
        "device_add", targets_.machine->names().disk_properties(*spec));
    asked_ = false;
    if (done)
      co_return fmt::format("QMP device_add {}", targets_.machine->names().disk_device(disk_));
    // The guest never let go: it still has it.
    if (!gone_) co_return fmt::format("disk {} was never out", disk_);
    co_return done.error();
  }
  loop::awaitable<std::uint64_t> hits() override { co_return hit_ ? 1 : 0; }

 private:
  loop::awaitable<void> until_deleted(qmp::subscription& events) {
    while (auto const one = co_await events.next()) {
      if (one->name != "DEVICE_DELETED") continue;
      auto const* const device = one->data.if_contains("device");
      if (device != nullptr && device->is_string() &&
          device->get_string() == targets_.machine->names().disk_device(disk_))
        co_return;
    }
    // The session is over: let the limit pass no judgement on the guest.
    throw std::runtime_error("QEMU is gone");
  }
  [[nodiscard]] vm::disk_spec const* find() const {
    for (auto const& one : targets_.machine->spec().disks)
      if (one.name == disk_) return &one;
    return nullptr;
  }

  std::string disk_;
  fault_targets& targets_;
  bool asked_ = false;
  bool gone_ = false;
  bool hit_ = false;
};

}  // namespace

std::unique_ptr<fault> make_unplug(plan::inject const& what, fault_targets& targets) {
  return std::make_unique<unplug>(what, targets);
}

}  // namespace wedgehog::faults
