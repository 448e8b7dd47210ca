#include "store/migrations.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace wedgehog::store {
namespace {

namespace fs = std::filesystem;

// "Wdgh": tells our files from other programs' (SQLite's application_id, shown by file(1)).
constexpr std::int64_t application = 0x57646768;

constexpr std::string_view version_1 = R"sql(
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  phase TEXT NOT NULL CHECK (phase IN ('existed', 'played', 'judged')),
  interrupted TEXT,                 -- when its orchestrator was found dead
  recipe TEXT NOT NULL,
  recipe_file TEXT NOT NULL,
  variant TEXT NOT NULL,
  seed TEXT NOT NULL,               -- unsigned 64 bits, decimal
  image TEXT NOT NULL,
  kernel TEXT NOT NULL,
  image_checksums TEXT NOT NULL,
  qemu TEXT NOT NULL,
  accelerator TEXT NOT NULL,
  time_scale REAL NOT NULL,
  host TEXT NOT NULL,
  host_kernel TEXT NOT NULL,
  wedgehog TEXT NOT NULL,
  started TEXT NOT NULL,            -- UTC
  owner_host TEXT NOT NULL,
  owner_boot TEXT NOT NULL,
  owner_pid_namespace INTEGER NOT NULL,
  owner_pid INTEGER NOT NULL,
  owner_began INTEGER NOT NULL,
  ended TEXT,                       -- from here to steps: NULL until played
  duration_s REAL,
  boot_s REAL,
  exposure_s REAL,
  steps TEXT,
  wreckage TEXT NOT NULL DEFAULT '',
  judgement INTEGER REFERENCES judgements(id),  -- the newest
  -- The long texts stand last, so that a list of runs need not read past them.
  command_line TEXT NOT NULL,
  recipe_text TEXT NOT NULL,
  plan TEXT NOT NULL
) STRICT;

CREATE TABLE judgements (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  judged TEXT NOT NULL,
  judge TEXT NOT NULL,
  verdict TEXT NOT NULL,
  kind TEXT NOT NULL,
  because TEXT NOT NULL,            -- JSON array of texts
  signature TEXT,
  exit_code INTEGER NOT NULL,
  expected TEXT NOT NULL,
  met INTEGER NOT NULL,
  stuck TEXT NOT NULL               -- JSON array of blocked tasks
) STRICT;

CREATE TABLE timeline_chunks (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,          -- order within the run
  sealed INTEGER NOT NULL,          -- 1: as large as it gets
  signals INTEGER NOT NULL,
  raw_bytes INTEGER NOT NULL,
  zstd BLOB NOT NULL,               -- text, one signal per line
  PRIMARY KEY (run, number)
) STRICT;

CREATE INDEX runs_by_recipe ON runs(recipe, variant);
CREATE INDEX runs_by_start ON runs(started);
CREATE INDEX runs_unfinished ON runs(phase) WHERE phase <> 'judged' AND interrupted IS NULL;
CREATE INDEX judgements_by_run ON judgements(run);
CREATE INDEX judgements_by_signature ON judgements(signature) WHERE signature IS NOT NULL;
)sql";

constexpr std::string_view version_2 = R"sql(
CREATE TABLE faults (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  hits INTEGER NOT NULL,            -- 0: it never fired
  PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE artifacts (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  path TEXT NOT NULL,               -- relative to the run's wreckage
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (run, path)
) STRICT, WITHOUT ROWID;

-- One row per run with its newest judgement: for people, and for every list.
CREATE VIEW overview AS
SELECT runs.id, runs.name, runs.recipe, runs.variant, runs.seed, runs.started,
       COALESCE(judgements.verdict,
                CASE WHEN runs.interrupted IS NOT NULL THEN 'interrupted'
                     WHEN runs.phase = 'existed' THEN 'running'
                     ELSE 'unjudged' END) AS verdict,
       judgements.kind, judgements.signature, judgements.expected, judgements.met,
       judgements.because, judgements.exit_code, judgements.judge, judgements.judged,
       runs.duration_s, runs.boot_s, runs.exposure_s, runs.wreckage, runs.host, runs.kernel,
       runs.accelerator
FROM runs LEFT JOIN judgements ON judgements.id = runs.judgement;
)sql";

constexpr std::string_view version_3 = R"sql(
-- recovered, recovered-late, never-recovered; empty: not asked, or it could not be told.
ALTER TABLE judgements ADD COLUMN recovery TEXT NOT NULL DEFAULT '';
)sql";

constexpr std::array<migration, 3> steps_so_far{version_1, version_2, version_3};

constexpr std::string_view versions_table = R"sql(
CREATE TABLE IF NOT EXISTS schema_versions (
  version INTEGER PRIMARY KEY,
  applied TEXT NOT NULL
) STRICT;
)sql";

// 0 for an empty file.
result<std::int64_t> version_of(sqlite::connection& on) {
  auto const tables = on.integer("SELECT count(*) FROM sqlite_master");
  if (!tables) return tables.error();
  if (*tables == 0) return 0;
  auto const whose = on.integer("PRAGMA application_id");
  if (!whose) return whose.error();
  auto const ours = on.integer("SELECT count(*) FROM sqlite_master WHERE name = 'schema_versions'");
  if (!ours) return ours.error();
  if (*whose != application || *ours == 0)
    return host_error(fmt::format(
        "{} is an SQLite database of another program: move it away, or use --results DIR",
        on.file().string()));
  return on.integer("SELECT COALESCE(MAX(version), 0) FROM schema_versions");
}

error too_new(fs::path const& file, std::int64_t found, std::size_t known) {
  return host_error(
      fmt::format("the results database {} was written by a newer Wedgehog (schema {}, this one "
                  "knows {}): upgrade or use --results DIR",
                  file.string(), found, known));
}

// SQLite leaves a copy made by VACUUM INTO to the kernel; a rename must not overtake its data.
void flush_to_disk(fs::path const& file) {
  int const opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) return;
  (void)::fsync(opened);
  (void)::close(opened);
}

// Must be called while the caller's transaction keeps other writers out and has written nothing.
result<fs::path> back_up(fs::path const& file, std::int64_t version) {
  auto reader = sqlite::connection::open(file, std::chrono::seconds(1));
  if (!reader) return reader.error();
  fs::path const kept = fmt::format("{}.schema-{}.backup", file.string(), version);
  fs::path const partial = kept.string() + ".partial";
  std::error_code failure;
  fs::remove(partial, failure);
  auto const copied = reader->change("VACUUM INTO ?", {partial.string()});
  if (!copied) {
    fs::remove(partial, failure);
    return copied.error();
  }
  flush_to_disk(partial);
  fs::rename(partial, kept, failure);
  if (failure)
    return host_error(
        fmt::format("naming the copy {}: {}; make the folder writable, or use "
                    "--results DIR",
                    kept.string(), failure.message()));
  return kept;
}

result<void> apply(sqlite::connection& on, std::span<migration const> steps, std::int64_t from) {
  if (auto made = on.script(versions_table); !made) return made;
  for (auto version = from; version < static_cast<std::int64_t>(steps.size()); ++version) {
    auto const step = on.script(steps[static_cast<std::size_t>(version)]);
    if (!step) return step.error().within(fmt::format("bringing it to schema {}", version + 1));
    auto const noted =
        on.change("INSERT INTO schema_versions VALUES (?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
                  {version + 1});
    if (!noted) return noted.error();
  }
  auto const dangling =
      on.rows("PRAGMA foreign_key_check", {}, [](sqlite::row const& at) { return at.text(0); });
  if (!dangling) return dangling.error();
  if (!dangling->empty())
    return host_error(fmt::format(
        "the results database {} has {} rows that refer to missing ones, the first in the table "
        "{}: it was changed by hand; move it away, or use --results DIR",
        on.file().string(), dangling->size(), dangling->front()));
  return on.script(fmt::format("PRAGMA application_id = {}", application));
}

}  // namespace

std::span<migration const> migrations() {
  return steps_so_far;
}

result<std::optional<fs::path>> migrate(sqlite::connection& on, std::span<migration const> steps) {
  auto const newest = static_cast<std::int64_t>(steps.size());
  auto const before = version_of(on);
  if (!before) return before.error();
  if (*before > newest) return too_new(on.file(), *before, steps.size());
  if (*before == newest) return std::nullopt;

  auto all_or_nothing = sqlite::transaction::begin(on);
  if (!all_or_nothing) return all_or_nothing.error();
  // Another process may have migrated it between the look and the lock.
  auto const now = version_of(on);
  if (!now) return now.error();
  if (*now > newest) return too_new(on.file(), *now, steps.size());
  if (*now == newest) return std::nullopt;

  std::optional<fs::path> copy;
  if (*now > 0) {
    auto kept = back_up(on.file(), *now);
    if (!kept) return kept.error().within("keeping a copy before the tables change");
    copy = *kept;
  }
  if (auto applied = apply(on, steps, *now); !applied) return applied.error();
  if (auto committed = all_or_nothing->commit(); !committed) return committed.error();
  return copy;
}

}  // namespace wedgehog::store
