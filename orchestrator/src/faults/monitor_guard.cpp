#include "faults/monitor_guard.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

constexpr auto look_period = 500ms;
// Seen: 0.6 ms.
constexpr auto yank_limit = 5s;

double in_s(loop::duration span) {
  return std::chrono::duration<double>(span).count();
}

}  // namespace

loop::awaitable<void> monitor_guard::run() {
  std::optional<loop::time_point> silent_since;
  bool freed = false;
  for (;;) {
    co_await around_.time.sleep_for(look_period);
    if (around_.monitor.failure()) co_return;
    if (around_.monitor.unanswered() == 0) {
      if (freed)
        around_.record(timeline::milestone{
            "monitor-freed",
            fmt::format("it answers again after {:.1f} s",
                        in_s(around_.time.now() - silent_since.value_or(around_.time.now())))});
      silent_since.reset();
      freed = false;
      continue;
    }
    if (!silent_since) silent_since = around_.time.now();
    auto const silent = around_.time.now() - *silent_since;
    if (freed || silent < patience_) continue;
    auto disks = around_.stuck_disks();
    if (disks.empty()) continue;
    freed = true;
    co_await free(std::move(disks), silent);
  }
}

loop::awaitable<void> monitor_guard::free(std::vector<std::string> disks, loop::duration silent) {
  around_.record(timeline::milestone{
      "monitor-stuck",
      fmt::format("QEMU has not answered for {:.1f} s, and requests of disk {} are "
                  "stuck",
                  in_s(silent), fmt::join(disks, ", "))});
  json::array instances;
  for (auto const& disk : disks)
    instances.push_back(json::object{{"type", "block-node"}, {"node-name", "node-" + disk}});
  json::object const arguments{{"instances", std::move(instances)}};
  auto const done = co_await around_.second.execute_oob("yank", arguments, yank_limit);
  around_.record(timeline::fault{
      "yank", "yank", done ? "injected" : "failed",
      done ? fmt::format("QMP yank: the connection of disk {} is cut for good; the guest gets I/O "
                         "errors",
                         fmt::join(disks, ", "))
           : done.error().message(),
      done ? 1U : 0U});
}

}  // namespace wedgehog::faults
