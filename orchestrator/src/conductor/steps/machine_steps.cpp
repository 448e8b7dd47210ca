// power_off, reset, kill_qemu, pause, resume, inject, heal: things done to the machine from
// outside.
#include <fmt/format.h>
#include <signal.h>

#include "conductor/steps/steps.hpp"
#include "loop/mailbox.hpp"
#include "loop/within.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

// `stop` and `system_reset` wait for the disks: QEMU would be deaf until a held request is let go.
loop::awaitable<result<void>> command(run_context& run, std::string name) {
  if (auto const held = run.disks.holding(); !held.empty() && name != "cont")
    co_return recipe_error(
        fmt::format("QEMU cannot do {} while a fault holds requests of disk {}: heal that first",
                    name, held.front()));
  auto const answer = co_await run.machine().monitor().execute(std::move(name), 10s);
  if (!answer) co_return answer.error();
  co_return result<void>();
}

}  // namespace

loop::awaitable<result<void>> perform(run_context& run, plan::power_off const& what,
                                      std::string const&) {
  loop::mailbox<bool> bell(co_await loop::asio::this_coro::executor, 1);
  recorder::watch const watching(run.record, [&](timeline::signal const& one) {
    auto const* event = std::get_if<timeline::qmp_event>(&one.what);
    if (event != nullptr && event->name == "SHUTDOWN") bell.push(true);
  });
  run.machine_may_end = true;
  run.record.record(timeline::milestone{"machine-stopping", "the plan powers it off"});
  wire::power request;
  request.sync = true;
  auto const begun = co_await run.agent().power(request, 30s);
  if (!begun) co_return begun.error();
  loop::duration const limit = what.deadline.value_or(60s);
  if (co_await loop::within<std::optional<bool>>(run.time, limit, bell.receive()))
    co_return result<void>();
  co_return guest_error(
      fmt::format("the guest did not power itself off within {}",
                  describe_duration(std::chrono::duration_cast<microseconds>(limit))));
}

loop::awaitable<result<void>> perform(run_context& run, plan::reset const&, std::string const&) {
  run.record.record(timeline::fault{"reset", "reset", "injected", "system_reset", 1});
  co_return co_await command(run, "system_reset");
}

loop::awaitable<result<void>> perform(run_context& run, plan::kill_qemu const&,
                                      std::string const&) {
  run.record.record(timeline::fault{"kill-qemu", "kill-qemu", "injected", "SIGKILL to QEMU", 1});
  run.machine().qemu().kill_group(SIGKILL);
  auto const ended = co_await run.machine().qemu().wait();
  run.record.record(timeline::milestone{"qemu-ended", loop::describe(ended)});
  co_return result<void>();
}

loop::awaitable<result<void>> perform(run_context& run, plan::pause const& what,
                                      std::string const&) {
  auto const paused = co_await command(run, "stop");
  if (!paused) co_return paused;
  run.record.record(timeline::hold{true, "the plan pauses the machine"});
  if (!what.duration) co_return result<void>();
  co_await run.time.sleep_for(*what.duration);
  auto const resumed = co_await command(run, "cont");
  run.record.record(timeline::hold{false, "the plan resumes the machine"});
  co_return resumed;
}

loop::awaitable<result<void>> perform(run_context& run, plan::resume const&, std::string const&) {
  auto const resumed = co_await command(run, "cont");
  run.record.record(timeline::hold{false, "the plan resumes the machine"});
  co_return resumed;
}

loop::awaitable<result<void>> perform(run_context& run, plan::inject const& what,
                                      std::string const&) {
  co_return co_await run.faults.inject(what);
}

loop::awaitable<result<void>> perform(run_context& run, plan::heal const& what,
                                      std::string const&) {
  co_return co_await run.faults.heal(what.name);
}

}  // namespace wedgehog::conductor
