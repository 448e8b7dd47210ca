// The guest's wall clock jumps, as after a wrong NTP answer or a migration. Its monotonic clock
// must not care. A healthy guest wakes early or late where it waits for a date, and nothing hangs.
#include <fmt/format.h>

#include "faults/fault.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

constexpr auto clock_limit = 30s;

class clock_step final : public fault {
 public:
  clock_step(plan::inject const& what, fault_targets& targets)
      : by_(plan::duration_of(what, "by").value_or(0us)),
        back_(plan::text_of(what, "direction").value_or("forward") == "back"),
        targets_(targets) {}

  loop::awaitable<result<std::string>> begin() override {
    auto done = co_await step(back_);
    // Only what was done is undone: who cannot say whether it was leaves the clock alone.
    stepped_ = hit_ = done.has_value();
    co_return done;
  }
  loop::awaitable<result<std::string>> end() override {
    if (!stepped_) co_return std::string("the clock was not stepped");
    stepped_ = false;
    co_return co_await step(!back_);
  }
  loop::awaitable<std::uint64_t> hits() override { co_return hit_ ? 1 : 0; }

 private:
  loop::awaitable<result<std::string>> step(bool back) {
    wire::step_clock request;
    request.by_us = static_cast<std::uint64_t>(by_.count());
    request.back = back;
    auto const ended = co_await targets_.agent->step_clock(std::move(request), clock_limit);
    if (!ended) co_return ended.error();
    if (ended->exit_status != 0 || ended->signal != 0)
      co_return guest_error("the guest did not let its clock be set");
    co_return fmt::format("the guest's wall clock went {} by {}", back ? "back" : "forward",
                          describe_duration(by_));
  }

  microseconds by_;
  bool back_;
  fault_targets& targets_;
  bool stepped_ = false;
  bool hit_ = false;
};

}  // namespace

std::unique_ptr<fault> make_clock_step(plan::inject const& what, fault_targets& targets) {
  return std::make_unique<clock_step>(what, targets);
}

}  // namespace wedgehog::faults
