#include "faults/monitor_guard.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

#include "base/described.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

constexpr auto guard_look_period = 500ms;
// Seen: 0.6 ms.
constexpr auto yank_limit = 5s;
constexpr auto guard_answer_limit = 5s;

double in_s(loop::duration span) {
  return std::chrono::duration<double>(span).count();
}

}  // namespace

loop::awaitable<void> monitor_guard::run() {
  std::optional<loop::time_point> silent_since;
  bool freed = false;
  for (;;) {
    co_await guarded_.time.sleep_for(guard_look_period);
    if (guarded_.monitor.failure()) co_return;
    if (guarded_.monitor.unanswered() == 0) {
      if (freed)
        guarded_.record(timeline::mark(
            timeline::reached::monitor_freed,
            fmt::format("it answers again after {:.1f} s",
                        in_s(guarded_.time.now() - silent_since.value_or(guarded_.time.now())))));
      silent_since.reset();
      freed = false;
      continue;
    }
    if (!silent_since) silent_since = guarded_.time.now();
    auto const silent = guarded_.time.now() - *silent_since;
    if (freed || silent < patience_) continue;
    // None: whatever it waits for, it is not that.
    auto disks = guarded_.disks.holding();
    if (disks.empty()) continue;
    freed = true;
    co_await free(std::move(disks), silent);
  }
}

loop::awaitable<void> monitor_guard::free(std::vector<std::string> disks, loop::duration silent) {
  guarded_.record(
      timeline::mark(timeline::reached::monitor_stuck,
                     fmt::format("QEMU has not answered for {:.1f} s, and requests of disk {} are "
                                 "stuck",
                                 in_s(silent), fmt::join(disks, ", "))));
  if (guarded_.disks.undrainable().empty()) {
    bool const freed = co_await free_unseen();
    if (freed) co_return;
  }
  co_await yank(std::move(disks));
}

loop::awaitable<bool> monitor_guard::free_unseen() {
  guarded_.record(timeline::hold{true, "requests fail so that QEMU answers again, and are kept"});
  auto const kept = guarded_.disks.stand_still();
  auto const until = guarded_.time.now() + guard_answer_limit;
  while (guarded_.monitor.unanswered() > 0 && guarded_.time.now() < until)
    co_await guarded_.time.sleep_for(10ms);
  bool const answers = guarded_.monitor.unanswered() == 0;
  bool const last = guarded_.disks.go_on();
  // It may have stopped for another reason meanwhile: of that nobody but its cause may wake it.
  auto const status = co_await guarded_.monitor.execute("query-status", guard_answer_limit);
  if (last && status && status->is_object() &&
      text_at(status->get_object(), "status") == "io-error")
    co_await guarded_.monitor.execute("cont", guard_answer_limit);
  guarded_.record(timeline::hold{false, answers ? "QEMU answers again" : "QEMU does not answer"});
  guarded_.record(timeline::fault{
      "freeze", "freeze", answers ? "injected" : "failed",
      fmt::format("{} held requests failed, and QEMU keeps them: the guest does not see it", kept),
      kept});
  co_return answers;
}

loop::awaitable<void> monitor_guard::yank(std::vector<std::string> disks) {
  json::array instances;
  for (auto const& disk : disks)
    instances.push_back(
        json::object{{"type", "block-node"}, {"node-name", guarded_.names.disk_node(disk)}});
  json::object const arguments{{"instances", std::move(instances)}};
  auto const done = co_await guarded_.second.execute_oob("yank", arguments, yank_limit);
  guarded_.record(timeline::fault{
      "yank", "yank", done ? "injected" : "failed",
      done ? fmt::format("QMP yank: the connection of disk {} is cut for good; the guest gets I/O "
                         "errors",
                         fmt::join(disks, ", "))
           : done.error().message(),
      done ? 1U : 0U});
}

}  // namespace wedgehog::faults
