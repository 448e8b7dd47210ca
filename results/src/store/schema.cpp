#include <array>

#include "store/migrations.hpp"

namespace wedgehog::store {
namespace {

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

constexpr std::string_view version_4 = R"sql(
-- A run's folder is the truth, and this file an index: runs come from many hosts, so they are told
-- apart by their uid, and what is asked often stands in columns.
DROP VIEW overview;

ALTER TABLE judgements ADD COLUMN opinion TEXT NOT NULL DEFAULT '';  -- digest of what was said
UPDATE judgements SET opinion = substr(sha256(lines(judged, judge, verdict, kind, recovery,
  signature, exit_code, expected, met, because)), 1, 16);

CREATE TABLE runs_of_4 (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uid TEXT NOT NULL UNIQUE,         -- 32 hexadecimal digits
  name TEXT NOT NULL,               -- for people: runs of two hosts may share one
  phase TEXT NOT NULL CHECK (phase IN ('existed', 'played', 'judged')),
  sealed INTEGER NOT NULL DEFAULT 0,  -- its folder is complete
  interrupted TEXT,                 -- when its orchestrator was last heard of, or found dead
  recipe TEXT NOT NULL,
  variant TEXT NOT NULL,
  verdict TEXT,                     -- from here to met: of the newest judgement
  kind TEXT,
  recovery TEXT,
  signature TEXT,
  exit_code INTEGER,
  expected TEXT,
  met INTEGER,
  started TEXT NOT NULL,            -- UTC
  ended TEXT,                       -- from here to missing: NULL until played
  duration_s REAL,
  boot_s REAL,
  exposure_s REAL,
  steps TEXT,
  stopped INTEGER,                  -- by a person, or ended by others than its performer
  missing TEXT,                     -- JSON array: evidence that could not be had, and why
  folder TEXT NOT NULL DEFAULT '',  -- below the results folder, or absolute when of elsewhere
  removed TEXT,                     -- when timeline and evidence were removed to make room
  wreckage TEXT NOT NULL DEFAULT '',  -- of runs that have no folder of their own
  seed TEXT NOT NULL,               -- unsigned 64 bits, decimal
  recipe_file TEXT NOT NULL,
  image TEXT NOT NULL,
  kernel TEXT NOT NULL,
  image_checksums TEXT NOT NULL,
  qemu TEXT NOT NULL,
  accelerator TEXT NOT NULL,
  time_scale REAL NOT NULL,
  host TEXT NOT NULL,
  host_kernel TEXT NOT NULL,
  wedgehog TEXT NOT NULL,
  owner_host TEXT NOT NULL,
  owner_boot TEXT NOT NULL,
  owner_pid_namespace INTEGER NOT NULL,
  owner_pid INTEGER NOT NULL,
  owner_began INTEGER NOT NULL,
  judgement INTEGER REFERENCES judgements(id),
  word TEXT NOT NULL AS (COALESCE(verdict, CASE WHEN interrupted IS NOT NULL THEN 'interrupted'
                                                WHEN phase = 'existed' THEN 'running'
                                                ELSE 'unjudged' END)),
  failed INTEGER NOT NULL AS (COALESCE(exit_code = 1 OR (exit_code = 0 AND met = 0), 0)),
  day INTEGER NOT NULL AS (CAST(substr(started, 1, 4) || substr(started, 6, 2)
                                || substr(started, 9, 2) AS INTEGER)),
  exposure_ms INTEGER NOT NULL AS (CAST(round(min(max(COALESCE(exposure_s, 0), 0), 1e8) * 1000)
                                        AS INTEGER))
) STRICT;

INSERT INTO runs_of_4 (id, uid, name, phase, interrupted, recipe, variant, verdict, kind, recovery,
    signature, exit_code, expected, met, started, ended, duration_s, boot_s, exposure_s, steps,
    wreckage, seed, recipe_file, image, kernel, image_checksums, qemu, accelerator, time_scale,
    host, host_kernel, wedgehog, owner_host, owner_boot, owner_pid_namespace, owner_pid,
    owner_began, judgement)
  SELECT r.id, substr(sha256(lines(r.name, r.recipe, r.variant, r.started, r.seed, r.host,
           r.owner_boot, r.owner_pid_namespace, r.owner_pid, r.owner_began)), 1, 32),
         r.name, r.phase, r.interrupted, r.recipe, r.variant, j.verdict, j.kind, j.recovery,
         j.signature, j.exit_code, j.expected, j.met, r.started, r.ended, r.duration_s, r.boot_s,
         r.exposure_s, r.steps, r.wreckage, r.seed, r.recipe_file, r.image, r.kernel,
         r.image_checksums, r.qemu, r.accelerator, r.time_scale, r.host, r.host_kernel, r.wedgehog,
         r.owner_host, r.owner_boot, r.owner_pid_namespace, r.owner_pid, r.owner_began, j.id
  FROM runs r LEFT JOIN judgements j ON j.id =
    (SELECT id FROM judgements WHERE run = r.id ORDER BY judged DESC, opinion DESC, id LIMIT 1);
DELETE FROM judgements WHERE id NOT IN (SELECT MIN(id) FROM judgements GROUP BY run, opinion);

-- Of runs without a folder. The long texts of the others are read where they are.
CREATE TABLE run_texts (
  run INTEGER PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
  command_line TEXT NOT NULL,
  recipe_text TEXT NOT NULL,
  plan TEXT NOT NULL
) STRICT;
INSERT INTO run_texts SELECT id, command_line, recipe_text, plan FROM runs;

DELETE FROM sqlite_sequence WHERE name = 'runs_of_4';
INSERT INTO sqlite_sequence SELECT 'runs_of_4', seq FROM sqlite_sequence WHERE name = 'runs';
DROP TABLE runs;
ALTER TABLE runs_of_4 RENAME TO runs;

CREATE INDEX runs_by_start ON runs(started);
CREATE INDEX runs_by_recipe ON runs(recipe, started);
CREATE INDEX runs_by_recipe_and_word ON runs(recipe, word, started);
CREATE INDEX runs_by_variant ON runs(recipe, variant, started);
CREATE INDEX runs_by_word ON runs(word, started);
CREATE INDEX runs_by_name ON runs(name);
CREATE INDEX runs_by_folder ON runs(folder);
CREATE INDEX runs_by_signature ON runs(signature, started, uid) WHERE signature IS NOT NULL;
DROP INDEX judgements_by_run;
DROP INDEX judgements_by_signature;
CREATE UNIQUE INDEX judgements_once ON judgements(run, opinion);

-- A person's word that two names are of one failure.
CREATE TABLE aliases (
  signature TEXT PRIMARY KEY,
  stands_for TEXT NOT NULL,
  noted TEXT NOT NULL               -- UTC
) STRICT, WITHOUT ROWID;

-- Sums that are kept by the triggers below, so that a tally over a million runs need not read them.
-- Whole milliseconds: a sum must not depend on the order of its terms.
CREATE TABLE tally_kinds (
  id INTEGER PRIMARY KEY,
  recipe TEXT NOT NULL,
  variant TEXT NOT NULL,
  word TEXT NOT NULL,
  kind TEXT NOT NULL,
  UNIQUE (recipe, variant, word, kind)
) STRICT;
-- A span is 0 (all days), 1202611 (a month) or 220261121 (a day), UTC.
CREATE TABLE tally_spans (
  span INTEGER NOT NULL,
  tally INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  exposure_ms INTEGER NOT NULL,
  PRIMARY KEY (span, tally)
) STRICT, WITHOUT ROWID;
CREATE TABLE signature_spans (
  span INTEGER NOT NULL,
  signature TEXT NOT NULL,
  runs INTEGER NOT NULL,
  PRIMARY KEY (span, signature)
) STRICT, WITHOUT ROWID;
CREATE VIEW run_spans (run, span) AS
  SELECT id, 0 FROM runs UNION ALL
  SELECT id, 1000000 + day / 100 FROM runs UNION ALL
  SELECT id, 200000000 + day FROM runs;

-- What the triggers have in common: inserting into this view counts a run (1), or no more (-1).
CREATE VIEW tally_changes (run, sign) AS SELECT 0, 0;
CREATE TRIGGER run_counted INSTEAD OF INSERT ON tally_changes BEGIN
  INSERT OR IGNORE INTO tally_kinds (recipe, variant, word, kind)
    SELECT recipe, variant, word, COALESCE(kind, '') FROM runs WHERE id = NEW.run;
  INSERT INTO tally_spans
    SELECT s.span, k.id, NEW.sign, NEW.sign * r.failed, NEW.sign * r.exposure_ms
    FROM runs r JOIN run_spans s ON s.run = r.id JOIN tally_kinds k ON k.recipe = r.recipe
      AND k.variant = r.variant AND k.word = r.word AND k.kind = COALESCE(r.kind, '')
    WHERE r.id = NEW.run
    ON CONFLICT DO UPDATE SET runs = runs + excluded.runs, failed = failed + excluded.failed,
      exposure_ms = exposure_ms + excluded.exposure_ms;
  INSERT INTO signature_spans SELECT s.span, r.signature, NEW.sign
    FROM runs r JOIN run_spans s ON s.run = r.id
    WHERE r.id = NEW.run AND r.signature IS NOT NULL
    ON CONFLICT DO UPDATE SET runs = runs + excluded.runs;
END;
CREATE TRIGGER run_added AFTER INSERT ON runs BEGIN
  INSERT INTO tally_changes VALUES (NEW.id, 1);
END;
CREATE TRIGGER run_removed BEFORE DELETE ON runs BEGIN
  INSERT INTO tally_changes VALUES (OLD.id, -1);
END;
CREATE TRIGGER run_will_change BEFORE UPDATE OF phase, interrupted, recipe, variant, verdict, kind,
    signature, exit_code, met, started, exposure_s ON runs BEGIN
  INSERT INTO tally_changes VALUES (OLD.id, -1);
END;
CREATE TRIGGER run_changed AFTER UPDATE OF phase, interrupted, recipe, variant, verdict, kind,
    signature, exit_code, met, started, exposure_s ON runs BEGIN
  INSERT INTO tally_changes VALUES (NEW.id, 1);
END;
INSERT INTO tally_changes SELECT id, 1 FROM runs;

-- One row per run: for people.
CREATE VIEW overview AS
SELECT runs.id, runs.uid, runs.name, runs.recipe, runs.variant, runs.seed, runs.started,
       runs.word AS verdict, runs.kind, runs.recovery, runs.signature, runs.expected, runs.met,
       runs.failed, judgements.because, runs.exit_code, judgements.judge, judgements.judged,
       runs.duration_s, runs.boot_s, runs.exposure_s, runs.folder, runs.wreckage, runs.host,
       runs.kernel, runs.accelerator
FROM runs LEFT JOIN judgements ON judgements.id = runs.judgement;
)sql";

constexpr std::string_view version_5 = R"sql(
-- Counts are told apart by image and kernel too: which of them a failure needs is often asked.
DROP VIEW overview;
DROP TRIGGER run_counted;
DROP TRIGGER run_added;
DROP TRIGGER run_removed;
DROP TRIGGER run_will_change;
DROP TRIGGER run_changed;
DELETE FROM tally_spans;
DELETE FROM signature_spans;
DROP TABLE tally_kinds;
CREATE TABLE tally_kinds (
  id INTEGER PRIMARY KEY,
  recipe TEXT NOT NULL,
  variant TEXT NOT NULL,
  image TEXT NOT NULL,
  kernel TEXT NOT NULL,
  word TEXT NOT NULL,
  kind TEXT NOT NULL,
  UNIQUE (recipe, variant, image, kernel, word, kind)
) STRICT;
CREATE TRIGGER run_counted INSTEAD OF INSERT ON tally_changes BEGIN
  INSERT OR IGNORE INTO tally_kinds (recipe, variant, image, kernel, word, kind)
    SELECT recipe, variant, image, kernel, word, COALESCE(kind, '') FROM runs WHERE id = NEW.run;
  INSERT INTO tally_spans
    SELECT s.span, k.id, NEW.sign, NEW.sign * r.failed, NEW.sign * r.exposure_ms
    FROM runs r JOIN run_spans s ON s.run = r.id JOIN tally_kinds k ON k.recipe = r.recipe
      AND k.variant = r.variant AND k.image = r.image AND k.kernel = r.kernel AND k.word = r.word
      AND k.kind = COALESCE(r.kind, '')
    WHERE r.id = NEW.run
    ON CONFLICT DO UPDATE SET runs = runs + excluded.runs, failed = failed + excluded.failed,
      exposure_ms = exposure_ms + excluded.exposure_ms;
  INSERT INTO signature_spans SELECT s.span, r.signature, NEW.sign
    FROM runs r JOIN run_spans s ON s.run = r.id
    WHERE r.id = NEW.run AND r.signature IS NOT NULL
    ON CONFLICT DO UPDATE SET runs = runs + excluded.runs;
END;
CREATE TRIGGER run_added AFTER INSERT ON runs BEGIN
  INSERT INTO tally_changes VALUES (NEW.id, 1);
END;
CREATE TRIGGER run_removed BEFORE DELETE ON runs BEGIN
  INSERT INTO tally_changes VALUES (OLD.id, -1);
END;
CREATE TRIGGER run_will_change BEFORE UPDATE OF phase, interrupted, recipe, variant, image, kernel,
    verdict, kind, signature, exit_code, met, started, exposure_s ON runs BEGIN
  INSERT INTO tally_changes VALUES (OLD.id, -1);
END;
CREATE TRIGGER run_changed AFTER UPDATE OF phase, interrupted, recipe, variant, image, kernel,
    verdict, kind, signature, exit_code, met, started, exposure_s ON runs BEGIN
  INSERT INTO tally_changes VALUES (NEW.id, 1);
END;
INSERT INTO tally_changes SELECT id, 1 FROM runs;

CREATE INDEX runs_by_image ON runs(image, started);
CREATE INDEX runs_by_kernel ON runs(kernel, started);

CREATE VIEW overview AS
SELECT runs.id, runs.uid, runs.name, runs.recipe, runs.variant, runs.seed, runs.started,
       runs.word AS verdict, runs.kind, runs.recovery, runs.signature, runs.expected, runs.met,
       runs.failed, judgements.because, runs.exit_code, judgements.judge, judgements.judged,
       runs.duration_s, runs.boot_s, runs.exposure_s, runs.folder, runs.wreckage, runs.host,
       runs.image, runs.kernel, runs.accelerator
FROM runs LEFT JOIN judgements ON judgements.id = runs.judgement;
)sql";

constexpr std::string_view version_6 = R"sql(
-- Many runs with one purpose. What became of each stands in its folder; what was asked for, here.
CREATE TABLE campaigns (
  uid TEXT PRIMARY KEY,             -- 32 hexadecimal digits
  name TEXT NOT NULL,               -- for people: shards of one night share it
  state TEXT NOT NULL CHECK (state IN ('running', 'stopped', 'done')),
  why TEXT NOT NULL,                -- it is stopped or done
  started TEXT NOT NULL,            -- UTC
  ended TEXT,                       -- of the last supervisor
  file TEXT NOT NULL,
  text TEXT NOT NULL,               -- of that file, as it was when the campaign began
  inputs TEXT NOT NULL,             -- JSON: checksums of recipes and images
  settings TEXT NOT NULL,           -- JSON: how it is played, as the command line had it
  owner_host TEXT NOT NULL,         -- the supervisor; empty: none
  owner_boot TEXT NOT NULL,
  owner_pid_namespace INTEGER NOT NULL,
  owner_pid INTEGER NOT NULL,
  owner_began INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX campaigns_by_name ON campaigns(name, started);

ALTER TABLE runs ADD COLUMN campaign TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN ticket INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;
CREATE INDEX runs_by_campaign ON runs(campaign, ticket, attempt) WHERE campaign <> '';

-- What a run of a campaign is worth: it is finished when it came to its end by itself, or proved a
-- failure before somebody else ended it, and void when it then says nothing about the guest.
CREATE VIEW campaign_runs AS
  SELECT *, COALESCE(exit_code = 1 OR (exit_code IS NOT NULL AND NOT COALESCE(stopped, 1)), 0)
              AS finished,
         COALESCE(exit_code, 2) NOT IN (0, 1) AS void
  FROM runs WHERE campaign <> '';
-- Of the runs of one ticket the first that finished; where none did, the last that was begun. A
-- node that only went silent plays on while its task is done again elsewhere.
CREATE VIEW counted_runs AS
  SELECT * FROM
    (SELECT *, ROW_NUMBER() OVER (PARTITION BY campaign, ticket ORDER BY finished DESC,
       CASE WHEN finished THEN attempt ELSE -attempt END, uid) AS place FROM campaign_runs)
  WHERE place = 1;
)sql";

constexpr std::string_view version_7 = R"sql(
-- A guest is at risk until it fails, and that is found out later. Opinions of before do not say
-- when it was: of their runs the whole exposure counts.
ALTER TABLE judgements ADD COLUMN failed_for_s REAL;
ALTER TABLE runs ADD COLUMN failed_for_s REAL;  -- of the newest judgement
ALTER TABLE runs ADD COLUMN at_risk_ms INTEGER AS (max(0, exposure_ms
  - CAST(round(min(max(COALESCE(failed_for_s, 0), 0), 1e8) * 1000) AS INTEGER)));

-- The sums are of time at risk from now on. That of all runs so far is their exposure.
DROP TRIGGER run_counted;
DROP TRIGGER run_will_change;
DROP TRIGGER run_changed;
CREATE TRIGGER run_counted INSTEAD OF INSERT ON tally_changes BEGIN
  INSERT OR IGNORE INTO tally_kinds (recipe, variant, image, kernel, word, kind)
    SELECT recipe, variant, image, kernel, word, COALESCE(kind, '') FROM runs WHERE id = NEW.run;
  INSERT INTO tally_spans
    SELECT s.span, k.id, NEW.sign, NEW.sign * r.failed, NEW.sign * r.at_risk_ms
    FROM runs r JOIN run_spans s ON s.run = r.id JOIN tally_kinds k ON k.recipe = r.recipe
      AND k.variant = r.variant AND k.image = r.image AND k.kernel = r.kernel AND k.word = r.word
      AND k.kind = COALESCE(r.kind, '')
    WHERE r.id = NEW.run
    ON CONFLICT DO UPDATE SET runs = runs + excluded.runs, failed = failed + excluded.failed,
      exposure_ms = exposure_ms + excluded.exposure_ms;
  INSERT INTO signature_spans SELECT s.span, r.signature, NEW.sign
    FROM runs r JOIN run_spans s ON s.run = r.id
    WHERE r.id = NEW.run AND r.signature IS NOT NULL
    ON CONFLICT DO UPDATE SET runs = runs + excluded.runs;
END;
CREATE TRIGGER run_will_change BEFORE UPDATE OF phase, interrupted, recipe, variant, image, kernel,
    verdict, kind, signature, exit_code, met, started, exposure_s, failed_for_s ON runs BEGIN
  INSERT INTO tally_changes VALUES (OLD.id, -1);
END;
CREATE TRIGGER run_changed AFTER UPDATE OF phase, interrupted, recipe, variant, image, kernel,
    verdict, kind, signature, exit_code, met, started, exposure_s, failed_for_s ON runs BEGIN
  INSERT INTO tally_changes VALUES (NEW.id, 1);
END;

DROP VIEW overview;
CREATE VIEW overview AS
SELECT runs.id, runs.uid, runs.name, runs.recipe, runs.variant, runs.seed, runs.started,
       runs.word AS verdict, runs.kind, runs.recovery, runs.signature, runs.expected, runs.met,
       runs.failed, judgements.because, runs.exit_code, judgements.judge, judgements.judged,
       runs.duration_s, runs.boot_s, runs.exposure_s, runs.at_risk_ms / 1000.0 AS at_risk_s,
       runs.folder, runs.wreckage, runs.host, runs.image, runs.kernel, runs.accelerator
FROM runs LEFT JOIN judgements ON judgements.id = runs.judgement;
)sql";

constexpr std::string_view version_8 = R"sql(
-- What could be removed of a run's folder, and when that folder was last changed as it was
-- measured (nanoseconds): only what is new or was changed is measured again.
ALTER TABLE runs ADD COLUMN kept_bytes INTEGER;
ALTER TABLE runs ADD COLUMN kept_as_of INTEGER;
)sql";

constexpr std::array<migration, 8> steps_so_far{version_1, version_2, version_3, version_4,
                                                version_5, version_6, version_7, version_8};

}  // namespace

std::span<migration const> migrations() {
  return steps_so_far;
}

}  // namespace wedgehog::store
