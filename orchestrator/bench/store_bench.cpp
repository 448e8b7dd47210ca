// What results cost. A timeline: the bytes that an hour of signals takes in a run's folder, and the
// time that keeping it takes from the performer; 20 signals once a second for an hour. And with
// --runs N: how soon a database of so many runs, of a year and 60 recipes, answers.
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>

#include "folder/chunker.hpp"
#include "folder/timeline_file.hpp"
#include "store/results_database.hpp"
#include "timeline/timeline.hpp"

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

struct own_folder {
  fs::path path;
  ~own_folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

// Runs as a farm leaves them: every eighth did not pass, and those have one of 500 names.
constexpr std::string_view many_runs = R"sql(
INSERT INTO runs (uid, name, phase, sealed, recipe, variant, verdict, kind, recovery, signature,
    exit_code, expected, met, started, ended, duration_s, boot_s, exposure_s, steps, stopped,
    missing, folder, seed, recipe_file, image, kernel, image_checksums, qemu, accelerator,
    time_scale, host, host_kernel, wedgehog, owner_host, owner_boot, owner_pid_namespace,
    owner_pid, owner_began, judgement)
  WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < ?1),
    drawn AS (SELECT i, (i * 2654435761) % 4294967296 AS r FROM numbers)
  SELECT printf('%08x%08x%08x%08x', r, i, r, i),
    printf('recipe-%02d-%08x', r % 60, i), 'judged', 1, printf('recipe-%02d', r % 60),
    printf('fs=%d', r / 64 % 3),
    CASE WHEN r / 256 % 8 > 0 THEN 'passed' WHEN r % 3 = 0 THEN 'wedged' WHEN r % 3 = 1
      THEN 'panicked' ELSE 'failed' END,
    CASE WHEN r / 256 % 8 = 0 AND r % 3 = 0 THEN 'software-wait' ELSE '' END, '',
    CASE WHEN r / 256 % 8 = 0 THEN printf('wedge/some_function_%d+another', r / 4096 % 500) END,
    r / 256 % 8 = 0, 'passed', r / 256 % 8 > 0,
    strftime('%Y-%m-%dT%H:%M:%fZ', 1764000000 + i * (31536000.0 / ?1), 'unixepoch'),
    'all steps done', 60.5, 7.25, 50.125, '9 of 9 done', 0, '[]',
    printf('runs/recipe-%02d-%08x', r % 60, i), r, 'recipes/r.yaml', 'linux', '6.1.0',
    'vmlinuz sha256:5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9', '7.2.19',
    'kvm', 1, 'farm-7', '6.1.0', '0.1.0', 'farm-7', '', 0, 1, 1, i + 1
  FROM drawn;
INSERT INTO judgements (id, run, judged, judge, verdict, kind, because, signature, exit_code,
    expected, met, stuck, recovery, opinion)
  SELECT judgement, id, started, 'wedgehog 0.1.0', verdict, kind,
    '["canary on /mnt stuck 61 s","no request outstanding for 58 s"]', signature, exit_code,
    expected, met, '[]', '', 'x' FROM runs;
)sql";

template <class Ask>
void time_question(std::string_view what, Ask ask) {
  std::vector<double> times;
  std::size_t rows = 0;
  for (int i = 0; i < 7; ++i) {
    auto const began = steady_clock::now();
    rows = ask();
    times.push_back(since(began));
  }
  std::sort(times.begin(), times.end());
  fmt::print("{:<34} median {:8.2f} ms, longest {:8.2f} ms, {} rows{}\n", what,
             times[times.size() / 2] * 1e3, times.back() * 1e3, rows,
             times[times.size() / 2] > 0.05 ? "  OVER 50 ms" : "");
}

void ask_many(fs::path const& file, long count) {
  { auto const made = must(store::results_database::open(file)); }
  {
    auto raw = must(store::sqlite::connection::open(file, std::chrono::seconds(1)));
    auto const began = steady_clock::now();
    std::string sql(many_runs);
    for (auto at = sql.find("?1"); at != std::string::npos; at = sql.find("?1"))
      sql.replace(at, 2, std::to_string(count));
    if (auto filled = raw.script("BEGIN;" + sql + "COMMIT;"); !filled)
      must(result<int>(filled.error()));
    fmt::print("filling            {} runs in {:.1f} s, {} bytes a run\n", count, since(began),
               fs::file_size(file) / static_cast<std::uintmax_t>(count));
  }
  auto database = must(store::results_database::open_for_reading(file));
  auto const newest = must(database.list({.limit = 1}))[0].facts.started;
  auto const ago = [&](int days) { return newest - std::chrono::hours(24 * days + 7); };
  auto const list = [&](store::run_filter const& filter) {
    return [&database, filter] { return must(database.list(filter)).size(); };
  };
  time_question("list", list({}));
  time_question("list --recipe", list({.recipe = "recipe-07"}));
  time_question("list --recipe --verdict", list({.recipe = "recipe-07", .verdict = "wedged"}));
  time_question("list --recipe --variant", list({.recipe = "recipe-07", .variant = "fs=1"}));
  time_question("list --verdict", list({.verdict = "panicked"}));
  time_question("list --verdict interrupted", list({.verdict = "interrupted"}));
  time_question("list --signature", list({.signature = "wedge/some_function_77+another"}));
  time_question("list --since", list({.verdict = "wedged", .since = ago(3)}));
  for (int const days : {0, 7, 300})
    time_question(days == 0 ? "tally" : fmt::format("tally --since {}d", days), [&] {
      return must(database.tallies(days == 0 ? std::nullopt : std::optional(ago(days)))).size();
    });
  for (int const days : {0, 7, 300})
    time_question(days == 0 ? "signatures" : fmt::format("signatures --since {}d", days), [&] {
      return must(database.signatures(days == 0 ? std::nullopt : std::optional(ago(days)))).size();
    });
  auto const some = must(database.list({.limit = 1}))[0];
  auto const find = [&](std::string which) {
    return [&database, which] {
      return static_cast<std::size_t>(must(database.find(which)).key.id > 0);
    };
  };
  time_question("find by name", find(some.key.name));
  time_question("find by part of a name", find(some.key.name.substr(3)));
  time_question("find by beginning of a uid", find(some.facts.uid.substr(0, 16)));
}

}  // namespace

int main(int argc, char** argv) {
  std::string pattern = fs::temp_directory_path() / "wedgehog-bench-XXXXXX";
  own_folder const own{mkdtemp(pattern.data())};
  if (argc == 3 && std::string_view(argv[1]) == "--runs") {
    ask_many(own.path / "results.sqlite", std::max(1L, std::atol(argv[2])));
    return 0;
  }
  auto const file = own.path / "timeline.zst";
  auto writer = must(wedgehog::folder::timeline_writer::open(file));

  busy_guest guest;
  wedgehog::folder::chunker gather;
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
      if (auto done = writer.append(*chunk); !done) must(result<int>(done.error()));
      appends.push_back(since(kept));
    }
  auto const rest = gather.take();
  text_bytes += rest.size();
  if (auto done = writer.append(rest); !done) must(result<int>(done.error()));

  auto const began_reading = steady_clock::now();
  std::string text;
  auto const extent = must(wedgehog::folder::each_timeline_piece(
      file, [&text](std::string_view piece) { text += piece; }));
  double const unpacking = since(began_reading);
  auto const read = timeline::read_text(text);
  double const reading = since(began_reading);
  auto const packed = fs::file_size(file);

  std::sort(appends.begin(), appends.end());
  double total = 0;
  for (double one : appends) total += one;
  auto const count = static_cast<double>(read.signals.size());
  fmt::print("signals            {} in {} s of guest time\n", read.signals.size(), seconds);
  fmt::print("text               {} bytes, {:.0f} per signal\n", text_bytes,
             static_cast<double>(text_bytes) / count);
  fmt::print("packed             {} bytes in {} pieces, {:.1f} per signal, 1:{:.1f}\n", packed,
             extent.pieces, static_cast<double>(packed) / count,
             static_cast<double>(text_bytes) / static_cast<double>(packed));
  fmt::print("bytes/signal-hour  {:.0f} (one signal a second for an hour)\n",
             static_cast<double>(packed) / signals_per_second);
  fmt::print("printing           {:.1f} us per signal\n", printing / count * 1e6);
  fmt::print("keeping            {} calls, median {:.2f} ms, longest {:.2f} ms, all {:.0f} ms\n",
             appends.size(), appends[appends.size() / 2] * 1e3, appends.back() * 1e3, total * 1e3);
  fmt::print("reading back       {:.0f} ms, of which {:.0f} ms unpacking\n", reading * 1e3,
             unpacking * 1e3);
  return read.signals.size() == std::size_t{seconds} * signals_per_second && read.skipped == 0 ? 0
                                                                                               : 1;
}
