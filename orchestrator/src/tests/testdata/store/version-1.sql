-- A results database as a program that knew schema 1 left it: one judged run, one whose
-- orchestrator died. Never edit it: it stands for files that exist.
PRAGMA application_id = 1466197864;
BEGIN TRANSACTION;
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
INSERT INTO "judgements" VALUES(1,1,'2026-11-01T22:15:20.000Z','wedgehog 0.1.0','wedged','software-wait','["canary stuck 61 s"]','flstik/h2twait',1,'passed',0,'[]');
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
INSERT INTO "runs" VALUES(1,'hammer2-newfs-20261101-2200-00a1','judged',NULL,'hammer2-newfs','recipes/seeds/hammer2-newfs.yaml','settle=60s','42','dragonfly','6.4.2','disk.qcow2 sha256:00ff','7.2.19','tcg',1.0,'farm-7','6.1.0-41-amd64','0.1.0','2026-11-01T22:00:00.000Z','farm-7','0f5b2c1e-0000-4000-8000-000000000001',4026531836,4242,123456,'all steps done',912.5,41.0,800.0,'6 of 6 done','wreckage/hammer2-newfs-20261101-2200-00a1',1,'qemu-system-x86_64 -m 1024','steps:
  - run: newfs_hammer2
','{"name":"hammer2-newfs","seed":42}');
INSERT INTO "runs" VALUES(2,'hammer2-newfs-20261101-2230-7c0d','existed','2026-11-02T06:00:00.000Z','hammer2-newfs','recipes/seeds/hammer2-newfs.yaml','','43','dragonfly','6.4.2','disk.qcow2 sha256:00ff','7.2.19','tcg',1.0,'farm-7','6.1.0-41-amd64','0.1.0','2026-11-01T22:30:00.000Z','farm-7','0f5b2c1e-0000-4000-8000-000000000001',4026531836,4300,223456,NULL,NULL,NULL,NULL,NULL,'',NULL,'qemu-system-x86_64 -m 1024','steps:
  - run: newfs_hammer2
','{"name":"hammer2-newfs","seed":43}');
CREATE TABLE schema_versions (
  version INTEGER PRIMARY KEY,
  applied TEXT NOT NULL
) STRICT;
INSERT INTO "schema_versions" VALUES(1,'2026-11-01T21:59:58.000Z');
CREATE TABLE timeline_chunks (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,          -- order within the run
  sealed INTEGER NOT NULL,          -- 1: as large as it gets
  signals INTEGER NOT NULL,
  raw_bytes INTEGER NOT NULL,
  zstd BLOB NOT NULL,               -- text, one signal per line
  PRIMARY KEY (run, number)
) STRICT;
INSERT INTO "timeline_chunks" VALUES(1,1,1,2,120,X'28B52FFD2478CD0200C245131980B72D0618B5E56C8B454C2FF12B8A2A02232C53D451D5CE02669930C0548655B9CE7726A8DBA9695522280998A5B8575732B6D3818E61350F7EA7A1ACA4B61753F08DA01EA4360051DC7B210300E04284D0A000B8E3115C41');
CREATE INDEX runs_by_recipe ON runs(recipe, variant);
CREATE INDEX runs_by_start ON runs(started);
CREATE INDEX runs_unfinished ON runs(phase) WHERE phase <> 'judged' AND interrupted IS NULL;
CREATE INDEX judgements_by_run ON judgements(run);
CREATE INDEX judgements_by_signature ON judgements(signature) WHERE signature IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('runs',2);
INSERT INTO "sqlite_sequence" VALUES('judgements',1);
COMMIT;
