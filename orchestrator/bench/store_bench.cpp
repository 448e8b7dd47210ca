// What a timeline costs: the bytes that an hour of signals takes in the results database, and the
// time that keeping it takes from the orchestrator. 20 signals once a second for an hour.
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>

#include "folder/chunker.hpp"
#include "store/results_database.hpp"

namespace {

using namespace wedgehog;
namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr int seconds = 3600;
constexpr int signals_per_second = 20;

double since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

// One second as the collectors of a busy guest with two CPUs and two disks see it.
class busy_guest {
 public:
  std::vector<timeline::signal> second(int now) {
    std::vector<timeline::signal> seen;
    auto const put = [&](timeline::payload what) {
      auto const late = static_cast<std::int64_t>(draw(20'000));
      seen.push_back({microseconds(now * 1'000'000LL + late), std::move(what)});
    };
    for (auto const* source : {"agent-fifo", "agent-ordinary", "kernel-irq", "workqueue"})
      put(timeline::beat{.source = source, .count = 9 + draw(3), .guest_clock_s = now + share()});
    put(timeline::canary{
        .mount = "/mnt", .completed = draw(4), .exec_ms = 2 + 3 * share(), .io_ms = 10 * share()});
    put(timeline::workload{.name = "fsstress", .done = done_ += draw(900), .reports = 1});
    for (auto const* name : {"system", "data"})
      put(timeline::disk{.name = name,
                         .reads = draw(400),
                         .writes = draw(800),
                         .flushes = draw(20),
                         .in_flight = draw(8),
                         .oldest_s = share() / 50});
    for (int index = 0; index < 2; ++index)
      put(timeline::vcpu{.index = index,
                         .host_share = share(),
                         .halted = draw(2) == 0,
                         .interrupts_on = true,
                         .ring = draw(2) == 0 ? 0 : 3,
                         .where = fmt::format("ffffffff81{:06x}", draw(1U << 24U))});
    put(timeline::machine_state{
        .run_state = "running", .answer_ms = share(), .process_state = "S"});
    put(timeline::host{.load = 2 + share(), .cpu_pressure = share() / 10, .loop_lag_ms = share()});
    put(whole_guest(now));
    while (seen.size() < signals_per_second)
      put(timeline::console_line{fmt::format("[{:5}.{:06}] workload: pass {} file {:08x}", now,
                                             draw(1'000'000), now / 10, draw(1U << 31U))});
    return seen;
  }

 private:
  std::uint64_t draw(std::uint64_t bound) { return draws_() % bound; }
  double share() { return static_cast<double>(draw(10'000)) / 10'000; }

  timeline::guest whole_guest(int now) {
    switches_ += draw(9000);
    return {.uptime_s = now + share(),
            .load = 2 + share(),
            .runnable = draw(5),
            .tasks = 110 + draw(9),
            .cpu_s = {{now * .2, now * .3, now * .4, now * .1, 0.1}, {now * .1, now * .5, 1, 1, 0}},
            .context_switches = switches_,
            .forks = switches_ / 70,
            .interrupts = switches_ * 3,
            .memory_kb = {{"free", 90'000 + draw(9000)},
                          {"available", 150'000 + draw(9000)},
                          {"dirty", draw(9000)},
                          {"writeback", draw(900)}},
            .vm = {{"pgmajfault", 1200}, {"scan", draw(5000)}},
            .pressure_s = {{"io_some", now * .31}, {"io_full", now * .2}}};
  }

  std::minstd_rand draws_{42};
  std::uint64_t done_ = 0;
  std::uint64_t switches_ = 0;
};

template <class T>
T must(result<T> outcome) {
  if (outcome) return std::move(outcome.value());
  fmt::print(stderr, "{}\n", outcome.error().message());
  exit(1);
}

struct folder {
  fs::path path;
  ~folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace

int main() {
  std::string pattern = fs::temp_directory_path() / "wedgehog-bench-XXXXXX";
  folder const own{mkdtemp(pattern.data())};
  auto const file = own.path / "results.sqlite";
  auto database = must(store::results_database::open(file));
  auto const size_before = fs::file_size(file);
  auto const run = must(database.begin_run({.recipe = "bench"}, folder::this_process())).id;

  busy_guest guest;
  folder::chunker gather;
  std::vector<double> appends;
  double printing = 0;
  std::size_t text_bytes = 0;
  for (int now = 0; now < seconds; ++now)
    for (auto const& one : guest.second(now)) {
      auto const printed = steady_clock::now();
      auto const chunk = gather.append(one);
      printing += since(printed);
      if (!chunk) continue;
      text_bytes += chunk->size();
      auto const kept = steady_clock::now();
      if (auto done = database.keep_timeline(run, *chunk); !done) must(result<int>(done.error()));
      appends.push_back(since(kept));
    }
  auto const rest = gather.take();
  text_bytes += rest.size();
  (void)database.keep_timeline(run, rest);
  (void)database.played(run, {.ended = "done"});

  auto const began_reading = steady_clock::now();
  auto const text = must(database.timeline_text_of(run));
  double const unpacking = since(began_reading);
  auto const read = timeline::read_text(text.text);
  double const reading = since(began_reading);

  auto raw = must(store::sqlite::connection::open(file, std::chrono::seconds(1)));
  auto const chunks = must(raw.integer("SELECT count(*) FROM timeline_chunks"));
  auto const packed = must(raw.integer("SELECT SUM(length(zstd)) FROM timeline_chunks"));
  must(raw.integer("PRAGMA wal_checkpoint(TRUNCATE)"));
  auto const grown = fs::file_size(file) - size_before;

  std::sort(appends.begin(), appends.end());
  double total = 0;
  for (double one : appends) total += one;
  auto const count = static_cast<double>(read.signals.size());
  fmt::print("signals            {} in {} s of guest time\n", read.signals.size(), seconds);
  fmt::print("text               {} bytes, {:.0f} per signal\n", text_bytes,
             static_cast<double>(text_bytes) / count);
  fmt::print("packed             {} bytes in {} chunks, {:.1f} per signal, 1:{:.1f}\n", packed,
             chunks, static_cast<double>(packed) / count,
             static_cast<double>(text_bytes) / static_cast<double>(packed));
  fmt::print("bytes/signal-hour  {:.0f} (one signal a second for an hour)\n",
             static_cast<double>(packed) / signals_per_second);
  fmt::print("database file      grew by {} bytes\n", grown);
  fmt::print("printing           {:.1f} us per signal\n", printing / count * 1e6);
  fmt::print("keep_timeline      {} calls, median {:.2f} ms, longest {:.2f} ms, all {:.0f} ms\n",
             appends.size(), appends[appends.size() / 2] * 1e3, appends.back() * 1e3, total * 1e3);
  fmt::print("reading back       {:.0f} ms, of which {:.0f} ms unpacking\n", reading * 1e3,
             unpacking * 1e3);
  return read.signals.size() == std::size_t{seconds} * signals_per_second && read.skipped == 0 ? 0
                                                                                               : 1;
}
