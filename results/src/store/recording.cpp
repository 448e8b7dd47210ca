// A run's life as the database sees it.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/chance.hpp"
#include "base/described.hpp"
#include "base/ensure.hpp"
#include "store/pack.hpp"
#include "store/results_database.hpp"
#include "store/results_directory.hpp"

namespace wedgehog::store {
namespace {

// Small chunks are merged when so much text has gathered: one large chunk takes about half the
// bytes of many small ones.
constexpr std::int64_t sealed_bytes = 1 << 20;
constexpr int level_while_open = 3;
constexpr int level_when_sealed = 9;

// "Lost wakeup (ext4)" -> "lost-wakeup-ext4": what is safe in a path and short in a table.
std::string short_name(std::string_view recipe) {
  std::string name;
  for (char c : recipe.substr(0, 200)) {
    bool const upper = c >= 'A' && c <= 'Z';
    bool const plain = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain)
      name += upper ? static_cast<char>(c - 'A' + 'a') : c;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  if (name.size() > 40) name.resize(40);
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "run" : name;
}

std::string json_text(json::value const& value) {
  return json::serialize(value);
}

struct open_chunk {
  std::int64_t number;
  std::string packed;
};

}  // namespace

result<void> results_database::exists(run_id run) {
  auto const count = database_.integer("SELECT count(*) FROM runs WHERE id = ?", {run});
  if (!count) return count.error();
  if (*count == 0)
    return host_error(
        fmt::format("the results database {} has no run {}", database_.file().string(), run));
  return {};
}

result<std::string> results_database::free_name(run_facts const& facts, owner const& whose) {
  std::string const stem = short_name(facts.recipe) + '-' + name_part(facts.started);
  // Not random: a name says nothing that the facts do not, and tests can foretell it.
  chance draws =
      chance(facts.seed)
          .stream(fmt::format("{} {} {} {} {}", stem, facts.variant,
                              facts.started.time_since_epoch().count(), whose.boot, whose.pid));
  for (int tries = 0; tries < 1000; ++tries) {
    auto const bits = draws();
    auto name = fmt::format("{}-{:04x}", stem, bits & 0xffffU);
    auto const taken = database_.integer("SELECT count(*) FROM runs WHERE name = ?", {name});
    if (!taken) return taken.error();
    if (*taken == 0) return name;
  }
  return host_error(fmt::format("more than a thousand runs of {} began in one minute", stem));
}

result<run_key> results_database::begin_run(run_facts const& facts, owner const& whose) {
  auto const lock = alone();
  auto all_or_nothing = sqlite::transaction::begin(database_);
  if (!all_or_nothing)
    return std::move(all_or_nothing.error()).within("noting that a run begins");
  auto name = free_name(facts, whose);
  if (!name) return name.error();
  auto const seed = std::to_string(facts.seed);
  auto const started = to_text(facts.started);
  auto const id = database_.insert(
      R"sql(INSERT INTO runs (name, phase, recipe, recipe_file, variant, seed, image, kernel,
              image_checksums, qemu, accelerator, time_scale, host, host_kernel, wedgehog, started,
              owner_host, owner_boot, owner_pid_namespace, owner_pid, owner_began, command_line,
              recipe_text, plan)
            VALUES (?, 'existed', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
                    ?))sql",
      {*name, facts.recipe, facts.recipe_file, facts.variant, seed, facts.image, facts.kernel,
       facts.image_checksums, facts.qemu, facts.accelerator, facts.time_scale, facts.host,
       facts.host_kernel, facts.wedgehog, started, whose.host, whose.boot,
       static_cast<std::int64_t>(whose.pid_namespace), whose.pid,
       static_cast<std::int64_t>(whose.began), facts.command_line, facts.recipe_text, facts.plan});
  if (!id) return error(id.error()).within("noting that a run begins");
  if (auto committed = all_or_nothing->commit(); !committed)
    return error(committed.error()).within("noting that a run begins");
  return run_key{*id, std::move(*name)};
}

result<void> results_database::keep_timeline(run_id run, std::string_view lines) {
  if (lines.empty()) return {};
  ensure(lines.back() == '\n', "timeline text comes in whole lines");
  auto const packed = pack(lines, level_while_open);
  auto const lock = alone();
  auto const within = [&](error const& cause) {
    return error(cause).within(fmt::format("keeping the timeline of run {}", run));
  };
  auto all_or_nothing = sqlite::transaction::begin(database_);
  if (!all_or_nothing) return within(all_or_nothing.error());
  if (auto there = exists(run); !there) return within(there.error());
  auto const kept = database_.change(
      R"sql(INSERT INTO timeline_chunks (run, number, sealed, signals, raw_bytes, zstd)
            SELECT ?1, COALESCE(MAX(number), 0) + 1, 0, ?2, ?3, ?4
            FROM timeline_chunks WHERE run = ?1)sql",
      {run, std::count(lines.begin(), lines.end(), '\n'), std::ssize(lines), sqlite::blob{packed}});
  if (!kept) return within(kept.error());
  if (auto sealed = seal(run, sealed_bytes); !sealed) return within(sealed.error());
  if (auto committed = all_or_nothing->commit(); !committed) return within(committed.error());
  return {};
}

// Merges a run's small chunks into one when they hold at least so many bytes of text. Must be
// called inside a transaction.
result<void> results_database::seal(run_id run, std::int64_t at_least_bytes) {
  auto const gathered = database_.integer(
      "SELECT COALESCE(SUM(raw_bytes), 0) FROM timeline_chunks WHERE run = ? AND sealed = 0",
      {run});
  if (!gathered) return gathered.error();
  if (*gathered < at_least_bytes) return {};
  auto const chunks = database_.rows(
      "SELECT number, zstd FROM timeline_chunks WHERE run = ? AND sealed = 0 ORDER BY number",
      {run}, [](sqlite::row const& at) { return open_chunk{at.integer(0), at.text(1)}; });
  if (!chunks) return chunks.error();
  std::string text;
  bool whole = true;
  for (auto const& chunk : *chunks) {
    auto const piece = unpack(chunk.packed);
    whole = whole && piece.has_value();
    if (piece) text += *piece;
  }
  if (chunks->size() < 2 || !whole) {
    // One chunk is as large as it gets; a damaged one stays as it is, for a person to look at.
    auto const marked = database_.change(
        "UPDATE timeline_chunks SET sealed = 1 WHERE run = ? AND sealed = 0", {run});
    if (!marked) return marked.error();
    return {};
  }
  auto const packed = pack(text, level_when_sealed);
  auto const removed = database_.change(
      "DELETE FROM timeline_chunks WHERE run = ? AND sealed = 0 AND number > ?",
      {run, chunks->front().number});
  if (!removed) return removed.error();
  auto const merged = database_.change(
      R"sql(UPDATE timeline_chunks SET sealed = 1, signals = ?, raw_bytes = ?, zstd = ?
            WHERE run = ? AND number = ?)sql",
      {std::count(text.begin(), text.end(), '\n'), std::ssize(text), sqlite::blob{packed}, run,
       chunks->front().number});
  if (!merged) return merged.error();
  return {};
}

result<void> results_database::played(run_id run, outcome const& how) {
  auto const lock = alone();
  auto const within = [&](error const& cause) {
    return error(cause).within(fmt::format("noting that run {} was played", run));
  };
  auto all_or_nothing = sqlite::transaction::begin(database_);
  if (!all_or_nothing) return within(all_or_nothing.error());
  if (auto there = exists(run); !there) return within(there.error());
  auto const noted = database_.change(
      R"sql(UPDATE runs SET phase = 'played', interrupted = NULL, ended = ?, duration_s = ?,
              boot_s = ?, exposure_s = ?, steps = ?
            WHERE id = ? AND phase = 'existed')sql",
      {how.ended, how.duration_s, how.boot_s, how.exposure_s, how.steps, run});
  if (!noted) return within(noted.error());
  if (*noted == 0) return within(host_error("it has been played already"));
  for (auto const& fault : how.faults) {
    auto const fired = database_.change(
        R"sql(INSERT INTO faults VALUES (?, ?, ?, ?)
              ON CONFLICT DO UPDATE SET hits = hits + excluded.hits)sql",
        {run, fault.name, fault.kind, static_cast<std::int64_t>(fault.hits)});
    if (!fired) return within(fired.error());
  }
  if (auto sealed = seal(run, 0); !sealed) return within(sealed.error());
  if (auto committed = all_or_nothing->commit(); !committed) return within(committed.error());
  return {};
}

result<void> results_database::judged(run_id run, judgement const& opinion) {
  auto const lock = alone();
  auto const within = [&](error const& cause) {
    return error(cause).within(fmt::format("noting the verdict on run {}", run));
  };
  auto all_or_nothing = sqlite::transaction::begin(database_);
  if (!all_or_nothing) return within(all_or_nothing.error());
  if (auto there = exists(run); !there) return within(there.error());
  auto const judged = to_text(opinion.judged);
  auto const because = json_text(to_json(opinion.because));
  auto const stuck = json_text(to_json(opinion.stuck));
  auto const id = database_.insert(
      R"sql(INSERT INTO judgements (run, judged, judge, verdict, kind, because, signature,
              exit_code, expected, met, stuck)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))sql",
      {run, judged, opinion.judge, opinion.verdict, opinion.kind, because, opinion.signature,
       opinion.exit_code, opinion.expected, opinion.met, stuck});
  if (!id) return within(id.error());
  auto const noted = database_.change(
      "UPDATE runs SET phase = 'judged', judgement = ? WHERE id = ?", {*id, run});
  if (!noted) return within(noted.error());
  if (auto committed = all_or_nothing->commit(); !committed) return within(committed.error());
  return {};
}

result<void> results_database::keep_wreckage(run_id run, std::string_view path,
                                             std::vector<artifact> const& artifacts) {
  auto const lock = alone();
  auto const within = [&](error const& cause) {
    return error(cause).within(fmt::format("noting the wreckage of run {}", run));
  };
  auto const outside = std::find_if(artifacts.begin(), artifacts.end(), [](artifact const& one) {
    return !stays_below(one.path);
  });
  if (!stays_below(path) || outside != artifacts.end())
    return within(host_error(fmt::format("'{}' does not stay inside the results directory",
                                         stays_below(path) ? outside->path : std::string(path))));
  auto all_or_nothing = sqlite::transaction::begin(database_);
  if (!all_or_nothing) return within(all_or_nothing.error());
  if (auto there = exists(run); !there) return within(there.error());
  auto const noted = database_.change("UPDATE runs SET wreckage = ? WHERE id = ?", {path, run});
  if (!noted) return within(noted.error());
  auto const cleared = database_.change("DELETE FROM artifacts WHERE run = ?", {run});
  if (!cleared) return within(cleared.error());
  for (auto const& one : artifacts) {
    auto const kept =
        database_.change("INSERT OR REPLACE INTO artifacts VALUES (?, ?, ?, ?)",
                         {run, one.path, static_cast<std::int64_t>(one.bytes), one.sha256});
    if (!kept) return within(kept.error());
  }
  if (auto committed = all_or_nothing->commit(); !committed) return within(committed.error());
  return {};
}

result<std::vector<run_key>> results_database::recover_interrupted(moment now) {
  auto const lock = alone();
  struct unfinished {
    run_key key;
    owner whose;
  };
  auto const candidates = database_.rows(
      R"sql(SELECT id, name, owner_host, owner_boot, owner_pid_namespace, owner_pid, owner_began
            FROM runs WHERE phase <> 'judged' AND interrupted IS NULL ORDER BY id)sql",
      {}, [](sqlite::row const& at) {
        return unfinished{{at.integer(0), at.text(1)},
                          {at.text(2), at.text(3), static_cast<std::uint64_t>(at.integer(4)),
                           at.integer(5), static_cast<std::uint64_t>(at.integer(6))}};
      });
  auto const within = [&](error const& cause) {
    return error(cause).within("looking for runs whose orchestrator died");
  };
  if (!candidates) return within(candidates.error());
  std::vector<run_key> recovered;
  for (auto const& one : *candidates) {
    if (look_for(one.whose) != presence::gone) continue;
    auto all_or_nothing = sqlite::transaction::begin(database_);
    if (!all_or_nothing) return within(all_or_nothing.error());
    // Another process may have recovered or judged it since it was listed.
    auto const marked = database_.change(
        "UPDATE runs SET interrupted = ? WHERE id = ? AND phase <> 'judged' AND interrupted IS "
        "NULL",
        {to_text(now), one.key.id});
    if (!marked) return within(marked.error());
    if (auto sealed = seal(one.key.id, 0); !sealed) return within(sealed.error());
    if (auto committed = all_or_nothing->commit(); !committed) return within(committed.error());
    if (*marked != 0) recovered.push_back(one.key);
  }
  return recovered;
}

}  // namespace wedgehog::store
