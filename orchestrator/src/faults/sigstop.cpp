// Somebody on the host stops QEMU (SIGSTOP) and later lets it go on. Its processors, its disks and
// its monitor are gone meanwhile, and nothing announces it: no hold is noted, the judge is to find
// out. The guest's clock goes on: it sees a jump. A healthy guest survives that.
#include <signal.h>

#include "faults/fault.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

// A thread inside a system call that cannot be interrupted stops when that has ended.
constexpr auto sigstop_limit = 2s;

class sigstop final : public fault {
 public:
  explicit sigstop(fault_targets& targets) : targets_(targets) {}

  loop::awaitable<result<std::string>> begin() override {
    asked_ = true;
    if (!targets_.machine->process()->signal(SIGSTOP)) co_return host_error("QEMU is gone");
    auto const until = targets_.time.now() + sigstop_limit;
    while (!(stopped_ = all_stopped()) && targets_.time.now() < until)
      co_await targets_.time.sleep_for(10ms);
    if (!stopped_) co_return host_error("QEMU did not stop within 2 s of a SIGSTOP");
    co_return std::string("SIGSTOP to QEMU");
  }
  loop::awaitable<result<std::string>> end() override {
    if (!asked_) co_return std::string("was never stopped");
    asked_ = false;
    if (!targets_.machine->process()->signal(SIGCONT)) co_return host_error("QEMU is gone");
    co_return std::string("SIGCONT to QEMU");
  }
  loop::awaitable<std::uint64_t> hits() override { co_return stopped_ ? 1 : 0; }

 private:
  [[nodiscard]] bool all_stopped() const {
    return vm::all_vcpus_in_state(*targets_.machine->process(), 'T');
  }

  fault_targets& targets_;
  bool asked_ = false;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<fault> make_sigstop(plan::inject const&, fault_targets& targets) {
  return std::make_unique<sigstop>(targets);
}

}  // namespace wedgehog::faults
