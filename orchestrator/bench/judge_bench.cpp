// What judging costs a machine that is looked at once a second: nanoseconds per signal,
// microseconds per look, and bytes of memory after ten minutes and after three hours, which must be
// the same.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <string>
#include <vector>

#include "timeline/timeline.hpp"
#include "verdict/judged_run.hpp"

namespace {

using namespace wedgehog;

// One second of a guest with two CPUs and two disks, as the collectors see it.
std::vector<timeline::signal> second_of(int now, bool wedged) {
  std::vector<timeline::signal> seen;
  auto const put = [&](timeline::payload what) {
    auto const late = static_cast<std::int64_t>(seen.size()) * 1'000;
    seen.push_back({microseconds(now * 1'000'000LL + late), std::move(what)});
  };
  auto const count = static_cast<std::uint64_t>(now);
  for (auto const* source : {"agent-fifo", "agent-ordinary", "kernel-irq", "workqueue"})
    put(timeline::beat{source, 10, now + 0.5, {}});
  put(timeline::canary{"/mnt", 1, {}, 3, 5, ""});
  put(timeline::workload{"writer", wedged ? 500 : 500 + 20 * count, 1, 0, "running", {}});
  put(timeline::machine_state{true, {}, "running", 0.5, "S"});
  for (auto const* name : {"data", "log"})
    put(timeline::disk{name, 20, 20, 2, 0, 1, 0.01, 0.1, 0, ""});
  for (int cpu = 0; cpu < 2; ++cpu) put(timeline::vcpu{cpu, 0.2, true, true, 0, "halt"});
  timeline::guest guest;
  guest.uptime_s = now;
  guest.tasks = 70;
  guest.cpu_s = {{1.0 * now, 1.0 * now, 8.0 * now, 0, 0}, {1.0 * now, 1.0 * now, 8.0 * now, 0, 0}};
  guest.context_switches = 300 * count;
  guest.pressure_s = {{"io_full", 0.1 * now}};
  guest.disks = {{"vda", {20 * count, 20 * count, count, 0}}};
  for (std::int64_t pid = 100; wedged && pid < 108; ++pid)
    guest.blocked.push_back({pid,
                             "writer",
                             12,
                             "D",
                             "log_wait",
                             {"log_wait", "log_write", "vfs_write", "ksys_write", "do_syscall_64"},
                             false});
  put(guest);
  for (int line = 0; line < 4; ++line)
    put(timeline::console_line{"[  " + std::to_string(now) + ".000000] frogfs (vda): all is well",
                               false});
  return seen;
}

verdict::budgets granted() {
  return {.no_progress = std::chrono::seconds(60), .time_scale = 1};
}

void fold(benchmark::State& state) {
  bool const wedged = state.range(0) != 0;
  verdict::judged_run run(granted());
  int now = 0;
  std::int64_t signals = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto const second = second_of(now++, wedged);
    state.ResumeTiming();
    for (auto const& one : second) run.observe(one);
    signals += static_cast<std::int64_t>(second.size());
  }
  state.SetItemsProcessed(signals);
  state.counters["signals_per_s"] = static_cast<double>(second_of(0, wedged).size());
}
BENCHMARK(fold)->ArgName("wedged")->Arg(0)->Arg(1);

void look(benchmark::State& state) {
  bool const wedged = state.range(0) != 0;
  verdict::judge sitting(granted());
  for (int now = 0; now < 120; ++now)
    for (auto const& one : second_of(now, wedged)) sitting.observe(one);
  for (auto _ : state) benchmark::DoNotOptimize(sitting.at(std::chrono::seconds(120)));
}
BENCHMARK(look)->ArgName("wedged")->Arg(0)->Arg(1);

void text_line(benchmark::State& state) {
  std::string text;
  for (auto const& one : second_of(7, true)) text += timeline::to_text(one) + '\n';
  std::int64_t signals = 0;
  for (auto _ : state) {
    timeline::text_reader reader([&signals](timeline::signal const&) { ++signals; });
    reader.feed(text);
    reader.finish();
  }
  state.SetItemsProcessed(signals);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(text_line);

// Bytes on the heap, not time: one pass is enough.
void bytes_per_machine(benchmark::State& state) {
  constexpr std::size_t machines = 16;
  std::size_t used = 0;
  for (auto _ : state) {
    auto const before = mallinfo2().uordblks;
    std::vector<std::unique_ptr<verdict::judged_run>> all;
    for (std::size_t i = 0; i < machines; ++i)
      all.push_back(std::make_unique<verdict::judged_run>(granted()));
    for (int now = 0; now < state.range(0); ++now) {
      auto const second = second_of(now, true);
      for (auto& run : all)
        for (auto const& one : second) run->observe(one);
    }
    used = mallinfo2().uordblks - before;
  }
  state.counters["bytes"] = static_cast<double>(used) / machines;
}
BENCHMARK(bytes_per_machine)
    ->ArgName("seconds")
    ->Arg(600)
    ->Arg(10'800)
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

}  // namespace

BENCHMARK_MAIN();
