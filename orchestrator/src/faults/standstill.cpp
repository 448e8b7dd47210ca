#include "faults/standstill.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

// Seen: 1 to 3 ms from the error to the stop.
constexpr auto standstill_limit = 5s;
constexpr auto standstill_look_period = 5ms;
// What is delayed and not held may take plan::longest_drain.
constexpr auto drain_limit = 10s;

loop::awaitable<bool> stops_by_itself(qmp::client& monitor, loop::clock& time) {
  auto const until = time.now() + standstill_limit;
  while (co_await runs(monitor)) {
    if (time.now() >= until) co_return false;
    co_await time.sleep_for(standstill_look_period);
  }
  co_return true;
}

}  // namespace

loop::awaitable<bool> runs(qmp::client& monitor) {
  auto const said = co_await monitor.execute("query-status", standstill_limit);
  auto const* const running =
      said && said->is_object() ? said->get_object().if_contains("running") : nullptr;
  co_return running == nullptr || !running->is_bool() || running->get_bool();
}

loop::awaitable<result<std::uint64_t>> quiet_disks(disk_set& disks, qmp::client& monitor,
                                                   loop::clock& time, std::string_view command) {
  if (auto const stuck = disks.undrainable(); !stuck.empty())
    co_return recipe_error(fmt::format(
        "QEMU cannot {} while requests of disk {} are held whose errors would go to the guest "
        "(on_read_error, on_write_error: report): heal what holds them first",
        command, fmt::join(stuck, ", ")));
  auto const kept = disks.stand_still();
  if (kept == 0) co_return kept;
  bool const stopped = co_await stops_by_itself(monitor, time);
  if (stopped) co_return kept;
  disks.go_on();
  co_return host_error(
      fmt::format("QEMU did not stop when its disks failed {} requests that were held", kept));
}

loop::awaitable<result<std::uint64_t>> stand_still(disk_set& disks, qmp::client& monitor,
                                                   loop::clock& time, std::string_view command) {
  auto const kept = co_await quiet_disks(disks, monitor, time, command);
  if (!kept) co_return kept;
  auto const stopped = co_await monitor.execute("stop", drain_limit);
  if (stopped) co_return kept;
  // What could not be done must not leave the guest stopped.
  auto failure = stopped.error();
  if (auto const undone = co_await go_on(disks, monitor); !undone)
    co_return std::move(failure).within("stopping a machine, which did not go on either");
  co_return failure;
}

loop::awaitable<result<void>> go_on(disk_set& disks, qmp::client& monitor) {
  if (!disks.go_on()) co_return result<void>();
  auto const gone_on = co_await monitor.execute("cont", drain_limit);
  if (!gone_on) co_return gone_on.error();
  co_return result<void>();
}

}  // namespace wedgehog::faults
