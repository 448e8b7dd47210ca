// A run's life as the database sees it.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/chance.hpp"
#include "base/described.hpp"
#include "base/ensure.hpp"
#include "folder/pack.hpp"
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

result<void> all_inside(std::string_view path, std::vector<artifact> const& artifacts) {
  auto const refuse = [](std::string_view outside) {
    return host_error(fmt::format("the path '{}' leaves the results directory", outside));
  };
  if (!path.empty() && !stays_below(path)) return refuse(path);
  for (auto const& one : artifacts)
    if (!stays_below(one.path)) return refuse(one.path);
  return {};
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
  auto const circumstance = "noting that a run begins";
  auto all_or_nothing = sqlite::transaction::begin(database_);
  if (!all_or_nothing) return all_or_nothing.error().within(circumstance);
  auto name = facts.name.empty() ? free_name(facts, whose) : result<std::string>(facts.name);
  if (!name) return name.error().within(circumstance);
  auto const seed = std::to_string(facts.seed);
  auto const started = to_text(facts.started);
  auto const id = database_.insert(
      R"sql(INSERT INTO runs (name, phase, recipe, recipe_file, variant, seed, image, kernel,
              image_checksums, qemu, accelerator, time_scale, host, host_kernel, wedgehog, started,
              owner_host, owner_boot, owner_pid_namespace, owner_pid, owner_began, command_line,
              recipe_text, plan)
            VALUES (?, 'existed', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
                    ?))sql",
      {*name,
       facts.recipe,
       facts.recipe_file,
       facts.variant,
       seed,
       facts.image,
       facts.kernel,
       facts.image_checksums,
       facts.qemu,
       facts.accelerator,
       facts.time_scale,
       facts.host,
       facts.host_kernel,
       facts.wedgehog,
       started,
       whose.host,
       whose.boot,
       static_cast<std::int64_t>(whose.pid_namespace),
       whose.pid,
       static_cast<std::int64_t>(whose.began),
       facts.command_line,
       facts.recipe_text,
       facts.plan});
  if (!id) return id.error().within(circumstance);
  auto const committed = all_or_nothing->commit();
  if (!committed) return committed.error().within(circumstance);
  return run_key{*id, std::move(*name)};
}

// What every note on a run has in common: the lock, the transaction, the run that must be there,
// and what to say when it fails.
result<void> results_database::note(run_id run, std::string_view what,
                                    std::function<result<void>()> const& write) {
  auto const lock = alone();
  auto const attempt = [&]() -> result<void> {
    auto all_or_nothing = sqlite::transaction::begin(database_);
    if (!all_or_nothing) return all_or_nothing.error();
    if (auto there = exists(run); !there) return there;
    if (auto written = write(); !written) return written;
    return all_or_nothing->commit();
  };
  auto done = attempt();
  if (!done) return done.error().within(fmt::format("noting {} of run {}", what, run));
  return done;
}

result<void> results_database::keep_timeline(run_id run, std::string_view lines) {
  if (lines.empty()) return {};
  ensure(lines.back() == '\n', "timeline text comes in whole lines");
  auto const packed = folder::pack(lines, level_while_open);
  return note(run, "the timeline", [&]() -> result<void> {
    auto const kept = database_.change(
        R"sql(INSERT INTO timeline_chunks (run, number, sealed, signals, raw_bytes, zstd)
              SELECT ?1, COALESCE(MAX(number), 0) + 1, 0, ?2, ?3, ?4
              FROM timeline_chunks WHERE run = ?1)sql",
        {run, std::count(lines.begin(), lines.end(), '\n'), std::ssize(lines),
         sqlite::blob{packed}});
    if (!kept) return kept.error();
    return seal(run, sealed_bytes);
  });
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
      {run}, [](sqlite::row const& at) {
        return open_chunk{at.integer(0), at.text(1)};
      });
  if (!chunks) return chunks.error();
  std::string text;
  bool whole = true;
  for (auto const& chunk : *chunks) {
    auto const piece = folder::unpack(chunk.packed);
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
  auto const packed = folder::pack(text, level_when_sealed);
  auto const removed =
      database_.change("DELETE FROM timeline_chunks WHERE run = ? AND sealed = 0 AND number > ?",
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
  return note(run, "the end", [&]() -> result<void> {
    auto const noted = database_.change(
        R"sql(UPDATE runs SET phase = 'played', interrupted = NULL, ended = ?, duration_s = ?,
                boot_s = ?, exposure_s = ?, steps = ?
              WHERE id = ? AND phase = 'existed')sql",
        {how.ended, how.duration_s, how.boot_s, how.exposure_s, how.steps, run});
    if (!noted) return noted.error();
    if (*noted == 0) return host_error("it has ended already");
    for (auto const& fault : how.faults) {
      auto const fired = database_.change(
          R"sql(INSERT INTO faults VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET hits = hits + excluded.hits)sql",
          {run, fault.name, fault.kind, static_cast<std::int64_t>(fault.hits)});
      if (!fired) return fired.error();
    }
    return seal(run, 0);
  });
}

result<void> results_database::judged(run_id run, judgement const& opinion) {
  auto const judged = to_text(opinion.judged);
  auto const because = json::serialize(to_json(opinion.because));
  auto const stuck = json::serialize(to_json(opinion.stuck));
  return note(run, "the verdict", [&]() -> result<void> {
    auto const id = database_.insert(
        R"sql(INSERT INTO judgements (run, judged, judge, verdict, kind, because, signature,
                exit_code, expected, met, stuck, recovery)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))sql",
        {run, judged, opinion.judge, opinion.verdict, opinion.kind, because, opinion.signature,
         opinion.exit_code, opinion.expected, opinion.met, stuck, opinion.recovery});
    if (!id) return id.error();
    // A run under way belongs to its orchestrator, which would find it ended.
    auto const noted = database_.change(
        R"sql(UPDATE runs SET phase = 'judged', judgement = ?
              WHERE id = ? AND (phase <> 'existed' OR interrupted IS NOT NULL))sql",
        {*id, run});
    if (!noted) return noted.error();
    if (*noted == 0) return host_error("it is still under way");
    return {};
  });
}

result<void> results_database::keep_wreckage(run_id run, std::string_view path,
                                             std::vector<artifact> const& artifacts) {
  return note(run, "the wreckage", [&]() -> result<void> {
    if (auto inside = all_inside(path, artifacts); !inside) return inside;
    auto const noted = database_.change("UPDATE runs SET wreckage = ? WHERE id = ?", {path, run});
    if (!noted) return noted.error();
    auto const cleared = database_.change("DELETE FROM artifacts WHERE run = ?", {run});
    if (!cleared) return cleared.error();
    for (auto const& one : artifacts) {
      auto const kept =
          database_.change("INSERT OR REPLACE INTO artifacts VALUES (?, ?, ?, ?)",
                           {run, one.path, static_cast<std::int64_t>(one.bytes), one.sha256});
      if (!kept) return kept.error();
    }
    return {};
  });
}

result<bool> results_database::interrupt(run_id run, moment now) {
  bool marked = false;
  auto const done = note(run, "the interruption", [&]() -> result<void> {
    // Another process may have recovered or judged it since it was listed.
    auto const changed = database_.change(
        R"sql(UPDATE runs SET interrupted = ?
              WHERE id = ? AND phase <> 'judged' AND interrupted IS NULL)sql",
        {to_text(now), run});
    if (!changed) return changed.error();
    marked = *changed != 0;
    return marked ? seal(run, 0) : result<void>();
  });
  if (!done) return done.error();
  return marked;
}

result<std::vector<run_key>> results_database::recover_interrupted(moment now) {
  struct unfinished {
    run_key key;
    owner whose;
  };
  auto const look = [&] {
    auto const lock = alone();
    return database_.rows(
        R"sql(SELECT id, name, owner_host, owner_boot, owner_pid_namespace, owner_pid, owner_began
              FROM runs WHERE phase <> 'judged' AND interrupted IS NULL ORDER BY id)sql",
        {}, [](sqlite::row const& at) {
          return unfinished{{at.integer(0), at.text(1)},
                            {at.text(2), at.text(3), static_cast<std::uint64_t>(at.integer(4)),
                             at.integer(5), static_cast<std::uint64_t>(at.integer(6))}};
        });
  };
  auto const candidates = look();
  if (!candidates) return candidates.error().within("looking for runs whose orchestrator died");
  std::vector<run_key> recovered;
  for (auto const& one : *candidates) {
    if (look_for(one.whose) != presence::gone) continue;
    auto const marked = interrupt(one.key.id, now);
    if (!marked) return marked.error();
    if (*marked) recovered.push_back(one.key);
  }
  return recovered;
}

}  // namespace wedgehog::store
