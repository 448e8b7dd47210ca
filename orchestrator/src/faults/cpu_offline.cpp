// One processor is taken out of the guest by the guest itself. Taken out from outside it would be
// the same to the guest, but QEMU does not survive it: 7.2 under TCG obeys device_del of a vCPU
// (0.2 s), and crashes when one is plugged in again. A healthy guest moves its work elsewhere.
#include <fmt/format.h>

#include "faults/fault.hpp"
#include "faults/in_guest.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

// Linux stops all processors for a moment to do this; a loaded one takes its time.
constexpr auto offline_limit = 30s;

class cpu_offline final : public fault {
 public:
  cpu_offline(plan::inject const& what, fault_targets& targets)
      : cpu_(plan::number_of(what, "cpu").value_or(1)), targets_(targets) {}

  loop::awaitable<result<std::string>> begin() override {
    asked_ = true;
    auto const said = co_await turn(false);
    if (!said) co_return said.error();
    hit_ = true;
    co_return fmt::format("the guest took its processor {} out: {}", cpu_, said.value());
  }
  loop::awaitable<result<std::string>> end() override {
    if (!asked_) co_return std::string("was never taken out");
    auto const said = co_await turn(true);
    asked_ = false;
    if (!said) co_return said.error();
    co_return fmt::format("the guest put its processor {} back: {}", cpu_, said.value());
  }
  loop::awaitable<std::uint64_t> hits() override { co_return hit_ ? 1 : 0; }

 private:
  // What it says was read back from the kernel.
  loop::awaitable<result<std::string>> turn(bool on) {
    std::string script = fmt::format(
        "file=/sys/devices/system/cpu/cpu{0}/online\n"
        "if [ -e $file ]; then\n"
        "  echo {1} >$file || exit 1\n"
        "  [ $(cat $file) = {1} ] || exit 1\n"
        "  echo processors $(cat /sys/devices/system/cpu/online) are online\n"
        "elif command -v psradm >/dev/null; then psradm {2} {0} && psrinfo {0}\n"
        "else echo 'this system cannot turn processor {0} off' >&2; exit 1; fi\n",
        cpu_, on ? 1 : 0, on ? "-n" : "-f");
    auto said = co_await run_in_guest(*targets_.agent, std::move(script), offline_limit);
    if (said)
      while (said->ends_with('\n')) said->pop_back();
    co_return said;
  }

  std::uint64_t cpu_;
  fault_targets& targets_;
  bool asked_ = false;
  bool hit_ = false;
};

}  // namespace

std::unique_ptr<fault> make_cpu_offline(plan::inject const& what, fault_targets& targets) {
  return std::make_unique<cpu_offline>(what, targets);
}

}  // namespace wedgehog::faults
