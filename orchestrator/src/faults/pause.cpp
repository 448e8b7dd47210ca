// The host stops the guest's processors; budgets stand still meanwhile.
#include <fmt/format.h>

#include "faults/fault.hpp"
#include "faults/standstill.hpp"

namespace wedgehog::faults {
namespace {

class pause final : public fault {
 public:
  explicit pause(fault_targets& targets) : targets_(targets) {}

  loop::awaitable<result<std::string>> begin() override {
    // Noted before the disks fail what they hold: QEMU's stopping at that is our doing.
    asked_ = true;
    targets_.record(timeline::hold{true, "a fault pauses the machine"});
    auto const kept = co_await stand_still(targets_.disks, targets_.machine->monitor(),
                                           targets_.time, "pause the machine");
    if (!kept) {
      end_hold("it could not be paused");
      co_return kept.error();
    }
    paused_ = true;
    if (*kept == 0) co_return std::string("QMP stop");
    co_return fmt::format("QMP stop; held requests that QEMU keeps: {}", *kept);
  }
  loop::awaitable<result<std::string>> end() override {
    if (!asked_) co_return std::string("was never paused");
    auto const gone_on = co_await go_on(targets_.disks, targets_.machine->monitor());
    end_hold("the fault is healed");
    if (!gone_on) co_return gone_on.error();
    co_return std::string("QMP cont");
  }
  loop::awaitable<std::uint64_t> hits() override { co_return paused_ ? 1 : 0; }

 private:
  void end_hold(std::string why) {
    asked_ = false;
    targets_.record(timeline::hold{false, std::move(why)});
  }

  fault_targets& targets_;
  bool asked_ = false;
  bool paused_ = false;
};

}  // namespace

std::unique_ptr<fault> make_pause(plan::inject const&, fault_targets& targets) {
  return std::make_unique<pause>(targets);
}

}  // namespace wedgehog::faults
