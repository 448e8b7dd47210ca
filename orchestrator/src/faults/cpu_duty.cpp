// The host lets the guest's processors run for a share of the time: QEMU as a whole is stopped and
// continued in turns, from outside. The guest's clock goes on meanwhile, so that it sees its
// processors vanish for a while, as on an overcommitted host. A healthy guest becomes slow, may say
// that something took long, and loses nothing.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "faults/duty_cycle.hpp"
#include "faults/fault.hpp"
#include "loop/nursery.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

class cpu_duty final : public fault {
 public:
  cpu_duty(plan::inject const& what, fault_targets& targets)
      : share_(plan::fraction_of(what, "share").value_or(0.5)),
        period_(plan::duration_of(what, "period").value_or(100ms)),
        targets_(targets),
        turns_(targets.time, duty_cycle::divide(period_, share_), target()) {}

  loop::awaitable<result<std::string>> begin() override {
    work_.emplace(co_await loop::asio::this_coro::executor);
    work_->spawn(turns_.run());
    // Once and not for every turn: budgets run as much slower as the guest does.
    targets_.record(timeline::hold{true, why, 1 - share_});
    co_return fmt::format("QEMU runs for {:.3g} % of every {}, by SIGSTOP and SIGCONT",
                          100 * share_, describe_duration(period_));
  }
  loop::awaitable<result<std::string>> end() override {
    if (!work_) co_return std::string("was never begun");
    co_await let_go();
    co_return fmt::format(
        "QEMU runs freely; it was stopped {} times and ran for {:.3g} % of the "
        "time",
        turns_.stops(), 100 * turns_.share());
  }
  loop::awaitable<void> let_go() override {
    if (!work_) co_return;
    co_await work_->stop();
    work_.reset();
    targets_.record(timeline::hold{false, why, 1 - share_});
  }
  loop::awaitable<std::uint64_t> hits() override { co_return turns_.felt(); }

 private:
  static constexpr auto why = "cpu-duty takes processor time";

  duty_cycle::target target() {
    return {[this] { return vm::any_vcpu_runs(*targets_.machine->process()); },
            [this] { return targets_.machine->process()->signal(SIGSTOP); },
            [this] { return targets_.machine->process()->signal(SIGCONT); }};
  }

  double share_;
  microseconds period_;
  fault_targets& targets_;
  duty_cycle turns_;
  std::optional<loop::nursery> work_;
};

}  // namespace

std::unique_ptr<fault> make_cpu_duty(plan::inject const& what, fault_targets& targets) {
  return std::make_unique<cpu_duty>(what, targets);
}

}  // namespace wedgehog::faults
