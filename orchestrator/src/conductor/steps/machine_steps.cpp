// power_off, reset, kill_qemu, pause, resume, inject, heal: things done to the machine from
// outside.
#include <fmt/format.h>

#include "conductor/steps/steps.hpp"
#include "faults/standstill.hpp"
#include "loop/mailbox.hpp"
#include "loop/within.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

loop::awaitable<result<void>> resume(run_context& run) {
  auto const gone_on = co_await faults::go_on(run.disks, run.machine().monitor());
  run.record.record(timeline::hold{false, "the plan resumes the machine"});
  co_return gone_on;
}

}  // namespace

loop::awaitable<result<void>> perform(run_context& run, plan::power_off const& what,
                                      std::string const&) {
  loop::mailbox<bool> bell(co_await loop::asio::this_coro::executor, 1);
  recorder::watch const watching(run.record, [&](timeline::signal const& one) {
    auto const* event = std::get_if<timeline::qmp_event>(&one.what);
    if (event != nullptr && event->name == "SHUTDOWN") bell.push(true);
  });
  run.record.record(timeline::mark(timeline::reached::machine_stopping, "the plan powers it off"));
  wire::power request;
  request.sync = true;
  auto const begun = co_await run.agent().power(request, 30s);
  if (!begun) co_return begun.error();
  loop::duration const limit = what.deadline.value_or(60s);
  if (co_await loop::within<std::optional<bool>>(run.watched, limit, bell.receive()))
    co_return result<void>();
  co_return guest_error(
      fmt::format("the guest did not power itself off within {}",
                  describe_duration(std::chrono::duration_cast<microseconds>(limit))));
}

loop::awaitable<result<void>> perform(run_context& run, plan::reset const&, std::string const&) {
  auto& monitor = run.machine().monitor();
  auto const quiet =
      co_await faults::quiet_disks(run.disks, monitor, run.time, "reset the machine");
  if (!quiet) co_return quiet.error();
  run.record.record(timeline::fault{"reset", "reset", "injected", "system_reset", 1});
  auto const pressed = co_await monitor.execute("system_reset", 10s);
  if (!pressed) co_return pressed.error();
  co_return result<void>();
}

loop::awaitable<result<void>> perform(run_context& run, plan::kill_qemu const&,
                                      std::string const&) {
  run.record.record(timeline::fault{"kill-qemu", "kill-qemu", "injected", "SIGKILL to QEMU", 1});
  run.machine().kill();
  auto const ended = co_await run.machine().wait();
  run.record.record(timeline::mark(timeline::reached::qemu_ended, loop::describe(ended.status)));
  co_return result<void>();
}

loop::awaitable<result<void>> perform(run_context& run, plan::pause const& what,
                                      std::string const&) {
  // Noted before the disks fail what they hold: QEMU's stopping at that is our doing.
  run.record.record(timeline::hold{true, "the plan pauses the machine"});
  auto const paused = co_await faults::stand_still(run.disks, run.machine().monitor(), run.time,
                                                   "pause the machine");
  if (!paused) {
    run.record.record(timeline::hold{false, "the machine could not be paused"});
    co_return paused.error();
  }
  if (!what.duration) co_return result<void>();
  co_await run.watched.sleep_for(*what.duration);
  co_return co_await resume(run);
}

loop::awaitable<result<void>> perform(run_context& run, plan::resume const&, std::string const&) {
  co_return co_await resume(run);
}

loop::awaitable<result<void>> perform(run_context& run, plan::inject const& what,
                                      std::string const&) {
  co_return co_await run.faults().inject(what);
}

loop::awaitable<result<void>> perform(run_context& run, plan::heal const& what,
                                      std::string const&) {
  co_return co_await run.faults().heal(what.name);
}

}  // namespace wedgehog::conductor
