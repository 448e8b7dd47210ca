// The host stops the guest's processors; budgets stand still meanwhile.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "faults/fault.hpp"

namespace wedgehog::faults {
namespace {

class pause final : public fault {
 public:
  explicit pause(surroundings& around) : around_(around) {}

  loop::awaitable<result<std::string>> begin() override {
    // `stop` drains the disks: it would hang QEMU's monitor until somebody lets the requests go.
    if (auto const held = around_.disks.holding(); !held.empty())
      co_return recipe_error(fmt::format(
          "QEMU cannot be paused while a fault holds requests of disk {}: heal that first",
          fmt::join(held, ", ")));
    asked_ = true;
    auto const stopped = co_await around_.machine->monitor().execute("stop");
    if (!stopped) co_return stopped.error();
    around_.record(timeline::hold{true, "a fault pauses the machine"});
    paused_ = true;
    co_return std::string("QMP stop");
  }
  loop::awaitable<result<std::string>> end() override {
    if (!asked_) co_return std::string("was never paused");
    auto const gone_on = co_await around_.machine->monitor().execute("cont");
    asked_ = false;
    if (paused_) around_.record(timeline::hold{false, "the fault is healed"});
    if (!gone_on) co_return gone_on.error();
    co_return std::string("QMP cont");
  }
  loop::awaitable<std::uint64_t> hits() override { co_return paused_ ? 1 : 0; }

 private:
  surroundings& around_;
  bool asked_ = false;
  bool paused_ = false;
};

}  // namespace

std::unique_ptr<fault> make_pause(plan::inject const&, surroundings& around) {
  return std::make_unique<pause>(around);
}

}  // namespace wedgehog::faults
