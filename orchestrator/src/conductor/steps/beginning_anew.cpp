// power_cut, reboot: the guest begins anew, as the plan wants, and the next steps run in it.
#include <fmt/format.h>

#include "conductor/steps/steps.hpp"
#include "faults/standstill.hpp"
#include "loop/mailbox.hpp"
#include "loop/race.hpp"
#include "loop/within.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_limit = 10s;

loop::duration boot_limit_of(run_context const& run, std::optional<microseconds> const& deadline) {
  return deadline.value_or(run.plan.limits.boot);
}

loop::awaitable<result<void>> get_ready(run_context& run, faults::new_beginning how,
                                        loop::duration limit, std::string const& why) {
  run.workloads.forget_guest(why);
  auto const hello = co_await run.lives.boot(limit);
  if (!hello) co_return hello.error();
  run.faults().begun_anew(how, &run.machine(), &run.agent());
  auto const prepared = co_await perform_after_boot(run);
  if (prepared.failed) co_return error(prepared.whose, prepared.why);
  co_return result<void>();
}

loop::awaitable<result<void>> set_reset_action(run_context& run, std::string_view action) {
  json::object const arguments{{"reboot", action}};
  auto const answer =
      co_await run.machine().monitor().execute("set-action", arguments, answer_limit);
  if (!answer) co_return answer.error();
  co_return result<void>();
}

loop::awaitable<result<void>> begin_reset(run_context& run, plan::reboot_by by) {
  auto& monitor = run.machine().monitor();
  if (by == plan::reboot_by::button) {
    auto const quiet =
        co_await faults::quiet_disks(run.disks, monitor, run.time, "reset the machine");
    if (!quiet) co_return quiet.error();
    auto const pressed = co_await monitor.execute("system_reset", answer_limit);
    if (!pressed) co_return pressed.error();
    co_return result<void>();
  }
  wire::power request;
  request.action = wire::power_action::reboot;
  request.sync = true;
  auto const begun = co_await run.agent().power(request, 30s);
  if (!begun) co_return begun.error();
  co_return result<void>();
}

struct asked_reset {
  explicit asked_reset(loop::asio::any_io_executor const& executor) : seen(executor, 1) {}

  loop::mailbox<bool> seen;
  result<void> begun{};

  loop::awaitable<void> ask(run_context& run, plan::reboot_by by) {
    begun = co_await begin_reset(run, by);
  }
  loop::awaitable<void> until_seen() { (void)co_await seen.receive(); }
};

// A guest may be gone before its answer is out. What it was asked must not be asked again then: the
// next one would do it, too.
loop::awaitable<result<void>> until_reset(run_context& run, asked_reset& reset, plan::reboot_by by,
                                          loop::duration limit) {
  if (by == plan::reboot_by::button) {
    co_await reset.ask(run, by);
  } else {
    std::vector<loop::awaitable<void>> racers;
    racers.push_back(reset.ask(run, by));
    racers.push_back(reset.until_seen());
    if (co_await loop::race(std::move(racers)) == 1) co_return result<void>();
  }
  if (!reset.begun) co_return reset.begun;
  if (!co_await loop::within<std::optional<bool>>(run.watched, limit, reset.seen.receive()))
    co_return guest_error(
        fmt::format("the guest did not reset its machine within {}",
                    describe_duration(std::chrono::duration_cast<microseconds>(limit))));
  co_return result<void>();
}

// A reset waits for the disks: QEMU would be deaf until a held request is let go. Whoever is asked
// to reboot waits for them even before.
result<void> can_reboot(run_context& run, plan::reboot_by by) {
  auto const held = by == plan::reboot_by::button ? run.disks.undrainable() : run.disks.holding();
  if (held.empty()) return {};
  return recipe_error(
      fmt::format("no reboot by the {} while a fault holds requests of disk {}{}: heal that first",
                  plan::name_of(by), held.front(),
                  by == plan::reboot_by::button ? ", whose errors would go to the guest" : ""));
}

// QEMU that had stopped for the reset stands still after it.
loop::awaitable<result<void>> turn_on_again(run_context& run) {
  auto& monitor = run.machine().monitor();
  if (co_await faults::runs(monitor)) co_return result<void>();
  auto const on = co_await monitor.execute("cont", answer_limit);
  if (!on) co_return on.error();
  co_return result<void>();
}

}  // namespace

loop::awaitable<result<void>> perform(run_context& run, plan::power_cut const& what,
                                      std::string const& path) {
  if (auto const away = run.disks.away(); !away.empty())
    co_return recipe_error(fmt::format(
        "no machine can be started while disk {} is disconnected: heal that first", away.front()));
  auto const how = faults::new_beginning::power_cut;
  co_await run.faults().prepare(how);
  auto const cut = co_await run.lives.cut_power(what, ++run.power_cuts);
  if (!cut) co_return cut;
  std::string const why = "the power cut of step " + path;
  auto const limit = boot_limit_of(run, what.deadline);
  co_return co_await get_ready(run, how, limit, why);
}

loop::awaitable<result<void>> perform(run_context& run, plan::reboot const& what,
                                      std::string const& path) {
  if (auto const can = can_reboot(run, what.by); !can) co_return can;
  auto const how = faults::new_beginning::reset;
  auto const limit = boot_limit_of(run, what.deadline);
  co_await run.faults().prepare(how);
  // Else QEMU stops at a reset, so that the wreckage of an unexpected one can be taken.
  if (auto const set = co_await set_reset_action(run, "reset"); !set) co_return set;
  run.record.record(
      timeline::mark(timeline::reached::reset_expected, "the plan reboots the machine"));
  asked_reset reset(co_await loop::asio::this_coro::executor);
  recorder::watch const watching(run.record, [&](timeline::signal const& one) {
    auto const* event = std::get_if<timeline::qmp_event>(&one.what);
    if (event != nullptr && event->name == "RESET") reset.seen.push(true);
  });
  if (auto const done = co_await until_reset(run, reset, what.by, limit); !done) co_return done;
  // What QEMU kept for the guest that was is gone with it.
  run.disks.begin_anew();
  if (auto const on = co_await turn_on_again(run); !on) co_return on;
  run.lives.was_reset();
  std::string const why = "the reboot of step " + path;
  auto const ready = co_await get_ready(run, how, limit, why);
  if (!ready) co_return ready;
  co_return co_await set_reset_action(run, "shutdown");
}

}  // namespace wedgehog::conductor
