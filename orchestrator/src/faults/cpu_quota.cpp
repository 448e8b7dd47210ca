// The host's kernel gives QEMU a share of what its processors want and no more, as on a host that
// is sold twice. Unlike under cpu-duty nobody is stopped: every thread of QEMU waits for its turn.
// A healthy guest becomes slow, may say that something took long, and loses nothing.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "faults/cpu_group.hpp"
#include "faults/fault.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

class cpu_quota final : public fault {
 public:
  cpu_quota(plan::inject const& what, fault_targets& targets)
      : share_(plan::fraction_of(what, "share").value_or(0.5)),
        period_(plan::duration_of(what, "period").value_or(100ms)),
        targets_(targets) {}

  loop::awaitable<result<std::string>> begin() override {
    auto const vcpus = std::max<std::size_t>(1, targets_.machine->process()->vcpu_threads());
    auto const processors = share_ * static_cast<double>(vcpus);
    auto made = cpu_group::targets(targets_.machine->process()->pid(), processors, period_);
    if (!made) co_return made.error();
    group_.emplace(std::move(made.value()));
    begun_ = true;
    targets_.record(timeline::hold{true, why, 1 - share_});
    co_return fmt::format("QEMU gets {:.3g} of a processor in every {}, by a cgroup", processors,
                          describe_duration(period_));
  }
  loop::awaitable<result<std::string>> end() override {
    if (!begun_) co_return std::string("was never begun");
    if (!group_) co_return std::string("QEMU runs freely");
    auto const done = give_back();
    if (!done) co_return done.error();
    co_return fmt::format("QEMU runs freely; it was out of time in {} periods", throttled_);
  }
  loop::awaitable<void> let_go() override {
    if (group_) (void)give_back();
    co_return;
  }
  loop::awaitable<std::uint64_t> hits() override {
    if (group_) throttled_ = group_->throttled();
    co_return throttled_;
  }

 private:
  static constexpr auto why = "cpu-quota takes processor time";

  result<void> give_back() {
    throttled_ = group_->throttled();
    auto done = group_->dissolve();
    group_.reset();
    targets_.record(timeline::hold{false, why, 1 - share_});
    return done;
  }

  double share_;
  microseconds period_;
  fault_targets& targets_;
  std::optional<cpu_group> group_;
  std::uint64_t throttled_ = 0;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<fault> make_cpu_quota(plan::inject const& what, fault_targets& targets) {
  return std::make_unique<cpu_quota>(what, targets);
}

}  // namespace wedgehog::faults
