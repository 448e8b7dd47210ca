// The cable of the guest's network card is pulled, and plugged in again. The machine has a card
// only when its plan has this fault; behind it is QEMU's own small network, which reaches nobody. A
// healthy guest notices, and its connections wait.
#include <fmt/format.h>

#include <algorithm>

#include "faults/fault.hpp"
#include "vm/monitor_names.hpp"

namespace wedgehog::faults {
namespace {

class link_down final : public fault {
 public:
  explicit link_down(fault_targets& targets) : targets_(targets) {}

  loop::awaitable<result<std::string>> begin() override {
    asked_ = true;
    bool const driven = co_await has_driver();
    auto done = co_await set(false);
    // Without a driver nobody in the guest has lost anything.
    hit_ = done.has_value() && driven;
    if (done && !driven) done.value() += "; the guest has no driver for the card";
    co_return done;
  }
  loop::awaitable<result<std::string>> end() override {
    if (!asked_) co_return std::string("was never pulled");
    auto done = co_await set(true);
    asked_ = false;
    co_return done;
  }
  loop::awaitable<std::uint64_t> hits() override { co_return hit_ ? 1 : 0; }

 private:
  loop::awaitable<result<std::string>> set(bool up) {
    json::object const arguments{{"name", targets_.machine->names().network_card()}, {"up", up}};
    auto const done = co_await targets_.machine->monitor().execute("set_link", arguments);
    if (!done) co_return done.error();
    co_return fmt::format("QMP set_link {} {}", targets_.machine->names().network_card(),
                          up ? "up" : "down");
  }
  // QEMU 7.2, x-query-virtio-status: the device's status bits come as sentences.
  loop::awaitable<bool> has_driver() {
    json::object const arguments{{"path", targets_.machine->names().network_card_path()}};
    auto const answer =
        co_await targets_.machine->monitor().execute("x-query-virtio-status", arguments);
    co_return answer&& json::serialize(answer.value()).find("DRIVER_OK") != std::string::npos;
  }

  fault_targets& targets_;
  bool asked_ = false;
  bool hit_ = false;
};

}  // namespace

std::unique_ptr<fault> make_link_down(plan::inject const&, fault_targets& targets) {
  return std::make_unique<link_down>(targets);
}

}  // namespace wedgehog::faults
