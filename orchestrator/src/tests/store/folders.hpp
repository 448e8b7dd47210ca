// Runs as folders, for the tests of what is made of them.
#pragma once

#include <string>

#include "fixture.hpp"
#include "folder/files.hpp"
#include "folder/run_writer.hpp"
#include "plan/plan.hpp"

namespace wedgehog::store {

// How far a run has come.
enum class stage { begun, played, judged, sealed };

// An owner that is certainly gone: this process, as it was in an earlier life.
inline owner somebody_dead() {
  auto gone = this_process();
  gone.began += 1;
  return gone;
}

struct run_wanted {
  std::string uid = folder::new_uid();
  std::string name = "lost-wakeup-20261121-0341-7f3a";
  std::string recipe = "lost-wakeup";
  std::string started = "2026-11-21T03:41:07.123Z";
  stage until = stage::sealed;
  std::string verdict = "wedged";
  std::optional<std::string> signature = "wait-on-bit/xfs_log";
  owner whose = this_process();
};

inline run_facts facts_of(run_wanted const& wanted) {
  auto facts = some_facts(wanted.recipe);
  plan::plan what;
  what.name = wanted.recipe;
  facts.plan = plan::to_text(what);
  facts.uid = wanted.uid;
  facts.name = wanted.name;
  facts.started = at(wanted.started);
  facts.owner = wanted.whose;
  return facts;
}

inline std::filesystem::path write_run(std::filesystem::path const& folder,
                                       run_wanted const& wanted = {}) {
  auto const facts = facts_of(wanted);
  auto writer = good(folder::run_writer::begin(folder, facts));
  good(writer.keep_timeline("{\"t\":1.0,\"signal\":\"milestone\",\"name\":\"guest-ready\"}\n"));
  good(writer.keep_timeline("{\"t\":2.0,\"signal\":\"milestone\",\"name\":\"steps-done\"}\n"));
  if (wanted.until >= stage::played) good(writer.played(some_outcome()));
  if (wanted.until >= stage::judged) {
    auto said = some_verdict(wanted.verdict);
    said.signature = wanted.signature;
    good(writer.judged(said));
  }
  if (wanted.until >= stage::sealed) {
    std::ofstream(folder / "console.raw") << std::string(5000, 'c');
    good(writer.seal(facts));
  }
  return folder;
}

// The same without a file: what a folder would say that is not there any more.
inline folder::run_contents run_without_files(std::filesystem::path const& root,
                                              run_wanted const& wanted = {}) {
  folder::run_contents run;
  run.folder = root / "runs" / wanted.name;
  run.facts = facts_of(wanted);
  run.sealed = wanted.until >= stage::sealed;
  if (wanted.until >= stage::played) run.played = some_outcome();
  if (wanted.until >= stage::judged) {
    auto said = some_verdict(wanted.verdict);
    said.signature = wanted.signature;
    run.judgements.push_back(said);
  }
  return run;
}

// Everything that a database says but the numbers that are its own, sorted: two that know the same
// have the same text.
inline std::string rows_of(results_database& database) {
  auto raw = good(sqlite::connection::open_for_reading(database.file(), std::chrono::seconds(1)));
  std::string all;
  auto const take = [&](std::string const& sql) {
    auto const rows = good(raw.rows(sql, {}, [](sqlite::row const& at) { return at.text(0); }));
    for (auto const& row : rows) all += row + '\n';
  };
  take(
      R"sql(SELECT concat FROM (SELECT uid || '|' || name || '|' || phase || '|' || sealed || '|' ||
      COALESCE(interrupted, '-') || '|' || word || '|' || failed || '|' || COALESCE(kind, '-') ||
      '|' || COALESCE(signature, '-') || '|' || COALESCE(met, '-') || '|' || started || '|' ||
      COALESCE(ended, '-') || '|' || COALESCE(exposure_s, '-') || '|' || folder || '|' ||
      COALESCE(removed, '-') || '|' || wreckage || '|' || seed || '|' || host || '|' || owner_pid
      AS concat FROM runs) ORDER BY 1)sql");
  take(R"sql(SELECT uid || ' said ' || opinion || (judgements.id = runs.judgement) || because
      FROM judgements JOIN runs ON runs.id = run ORDER BY 1)sql");
  take(R"sql(SELECT uid || ' fault ' || faults.name || hits FROM faults JOIN runs ON runs.id = run
      ORDER BY 1)sql");
  take(R"sql(SELECT uid || ' chunk ' || number || hex(zstd) FROM timeline_chunks JOIN runs
      ON runs.id = run ORDER BY 1)sql");
  take(R"sql(SELECT uid || ' file ' || path || bytes FROM artifacts JOIN runs ON runs.id = run
      ORDER BY 1)sql");
  take(R"sql(SELECT uid || ' texts ' || recipe_text || plan FROM run_texts JOIN runs
      ON runs.id = run ORDER BY 1)sql");
  take(R"sql(SELECT recipe || variant || word || kind || span || ' ' || runs || failed ||
      exposure_ms FROM tally_spans JOIN tally_kinds ON id = tally WHERE runs <> 0 ORDER BY 1)sql");
  take("SELECT signature || span || ' ' || runs FROM signature_spans WHERE runs <> 0 ORDER BY 1");
  take("SELECT signature || ' is ' || stands_for || noted FROM aliases ORDER BY 1");
  return all;
}

}  // namespace wedgehog::store
