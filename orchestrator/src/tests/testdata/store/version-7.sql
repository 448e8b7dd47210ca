-- A results database as a program that knew schema 7 left it: a wedge and a panic with the time at
-- which they failed; the folders of the runs are not here. Never edit it: it stands for files that
-- exist.
PRAGMA application_id = 1466197864;
BEGIN TRANSACTION;
CREATE TABLE schema_versions (
  version INTEGER PRIMARY KEY,
  applied TEXT NOT NULL
) STRICT;
INSERT INTO schema_versions VALUES(1,'2026-11-30T09:55:00.693Z');
INSERT INTO schema_versions VALUES(2,'2026-11-30T09:55:00.693Z');
INSERT INTO schema_versions VALUES(3,'2026-11-30T09:55:00.693Z');
INSERT INTO schema_versions VALUES(4,'2026-11-30T09:55:00.695Z');
INSERT INTO schema_versions VALUES(5,'2026-11-30T09:55:00.696Z');
INSERT INTO schema_versions VALUES(6,'2026-11-30T09:55:00.697Z');
INSERT INTO schema_versions VALUES(7,'2026-11-30T09:55:00.702Z');
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
, recovery TEXT NOT NULL DEFAULT '', opinion TEXT NOT NULL DEFAULT '', failed_for_s REAL) STRICT;
INSERT INTO judgements VALUES(1,1,'2026-11-30T09:55:00.100Z','wedgehog 0.1.0','wedged','software-wait','["''writer'' made no progress for 40 s","1 blocked task did not run once; ''sh'' for 40 s in wedgehog_log_flush_wait","it is on no road to storage, and waits for no lock","deadlock or missed wakeup: the kind is unproved"]','wedge/wedgehog_log_flush_wait',1,'wedged/software-wait',1,'[{"pid":142,"name":"sh","switches":309,"wait_channel":"wedgehog_log_flush_wait","frames":["wedgehog_log_flush_wait","wedgehog_log_write","proc_reg_write","vfs_write","ksys_write","do_syscall_64","entry_SYSCALL_64_after_hwframe"]}]','','4931d003ef835128',40.021219000000002098);
INSERT INTO judgements VALUES(2,2,'2026-11-30T09:54:17.430Z','wedgehog 0.1.0','panicked','','["[   11.741289] Kernel panic - not syncing: wedgehog_lab: panic asked for","QEMU reports GUEST_PANICKED"]','panic/kernel-panic-wedgehog_lab-panic-asked-for',1,'panicked',1,'[]','','96d8ba65c6fe8954',0.15183699999999999974);
CREATE TABLE timeline_chunks (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,          -- order within the run
  sealed INTEGER NOT NULL,          -- 1: as large as it gets
  signals INTEGER NOT NULL,
  raw_bytes INTEGER NOT NULL,
  zstd BLOB NOT NULL,               -- text, one signal per line
  PRIMARY KEY (run, number)
) STRICT;
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
CREATE TABLE IF NOT EXISTS "runs" (
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
, campaign TEXT NOT NULL DEFAULT '', ticket INTEGER NOT NULL DEFAULT 0, attempt INTEGER NOT NULL DEFAULT 0, failed_for_s REAL, at_risk_ms INTEGER AS (max(0, exposure_ms
  - CAST(round(min(max(COALESCE(failed_for_s, 0), 0), 1e8) * 1000) AS INTEGER)))) STRICT;
INSERT INTO runs VALUES(1,'474dcd0e035c9a3da69f07096cbd1fed','lab-lost-wakeup-20261130-0954-0564','judged',1,NULL,'lab-lost-wakeup','','wedged','software-wait','','wedge/wedgehog_log_flush_wait',1,'wedged/software-wait',1,'2026-11-30T09:54:02.122Z','the judge ended it',57.965638339000001622,9.0257493750000001853,45.986825717000002098,'3 done',0,'[]','runs/lab-lost-wakeup-20261130-0954-0564',NULL,'','16691886289113475684','recipes/lab/lost-wakeup.yaml','linux','6.1.0-57-cloud-amd64',replace('vmlinuz sha256:1a7ac0c40b10b98353b6f85fa9a0d4f2703287979567e19629d35ad2d777d124\ninitramfs sha256:81bdcc86e842d4cf410d74475c89745fe2125f1670820ae30fdc943a8b1a16e6\n','\n',char(10)),'7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,17964,7099977,1,'',0,0,40.021219000000002098);
INSERT INTO runs VALUES(2,'6cd85b01268b5f9131548be207960b80','lab-panic-20261130-0954-14a5','judged',1,NULL,'lab-panic','','panicked','','','panic/kernel-panic-wedgehog_lab-panic-asked-for',1,'panicked',1,'2026-11-30T09:54:02.126Z','the judge ended it',15.278171583000000666,8.2760697089999997189,5.8772179710000003183,'3 done',0,'["guest-ps: the guest is panicked","guest-dmesg: the guest is panicked","guest-proc: the guest is panicked"]','runs/lab-panic-20261130-0954-14a5',NULL,'','16691886289113475684','recipes/lab/panic.yaml','linux','6.1.0-57-cloud-amd64',replace('vmlinuz sha256:1a7ac0c40b10b98353b6f85fa9a0d4f2703287979567e19629d35ad2d777d124\ninitramfs sha256:81bdcc86e842d4cf410d74475c89745fe2125f1670820ae30fdc943a8b1a16e6\n','\n',char(10)),'7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,17963,7099977,2,'',0,0,0.15183699999999999974);
CREATE TABLE run_texts (
  run INTEGER PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
  command_line TEXT NOT NULL,
  recipe_text TEXT NOT NULL,
  plan TEXT NOT NULL
) STRICT;
CREATE TABLE aliases (
  signature TEXT PRIMARY KEY,
  stands_for TEXT NOT NULL,
  noted TEXT NOT NULL               -- UTC
) STRICT, WITHOUT ROWID;
CREATE TABLE tally_spans (
  span INTEGER NOT NULL,
  tally INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  exposure_ms INTEGER NOT NULL,
  PRIMARY KEY (span, tally)
) STRICT, WITHOUT ROWID;
INSERT INTO tally_spans VALUES(0,1,1,1,5966);
INSERT INTO tally_spans VALUES(0,2,1,1,5725);
INSERT INTO tally_spans VALUES(1202611,1,1,1,5966);
INSERT INTO tally_spans VALUES(1202611,2,1,1,5725);
INSERT INTO tally_spans VALUES(220261130,1,1,1,5966);
INSERT INTO tally_spans VALUES(220261130,2,1,1,5725);
CREATE TABLE signature_spans (
  span INTEGER NOT NULL,
  signature TEXT NOT NULL,
  runs INTEGER NOT NULL,
  PRIMARY KEY (span, signature)
) STRICT, WITHOUT ROWID;
INSERT INTO signature_spans VALUES(0,'panic/kernel-panic-wedgehog_lab-panic-asked-for',1);
INSERT INTO signature_spans VALUES(0,'wedge/wedgehog_log_flush_wait',1);
INSERT INTO signature_spans VALUES(1202611,'panic/kernel-panic-wedgehog_lab-panic-asked-for',1);
INSERT INTO signature_spans VALUES(1202611,'wedge/wedgehog_log_flush_wait',1);
INSERT INTO signature_spans VALUES(220261130,'panic/kernel-panic-wedgehog_lab-panic-asked-for',1);
INSERT INTO signature_spans VALUES(220261130,'wedge/wedgehog_log_flush_wait',1);
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
INSERT INTO tally_kinds VALUES(1,'lab-lost-wakeup','','linux','6.1.0-57-cloud-amd64','wedged','software-wait');
INSERT INTO tally_kinds VALUES(2,'lab-panic','','linux','6.1.0-57-cloud-amd64','panicked','');
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
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('runs',2);
INSERT INTO sqlite_sequence VALUES('judgements',2);
CREATE INDEX runs_by_start ON runs(started);
CREATE INDEX runs_by_recipe ON runs(recipe, started);
CREATE INDEX runs_by_recipe_and_word ON runs(recipe, word, started);
CREATE INDEX runs_by_variant ON runs(recipe, variant, started);
CREATE INDEX runs_by_word ON runs(word, started);
CREATE INDEX runs_by_name ON runs(name);
CREATE INDEX runs_by_folder ON runs(folder);
CREATE INDEX runs_by_signature ON runs(signature, started, uid) WHERE signature IS NOT NULL;
CREATE UNIQUE INDEX judgements_once ON judgements(run, opinion);
CREATE VIEW run_spans (run, span) AS
  SELECT id, 0 FROM runs UNION ALL
  SELECT id, 1000000 + day / 100 FROM runs UNION ALL
  SELECT id, 200000000 + day FROM runs;
CREATE VIEW tally_changes (run, sign) AS SELECT 0, 0;
CREATE TRIGGER run_added AFTER INSERT ON runs BEGIN
  INSERT INTO tally_changes VALUES (NEW.id, 1);
END;
CREATE TRIGGER run_removed BEFORE DELETE ON runs BEGIN
  INSERT INTO tally_changes VALUES (OLD.id, -1);
END;
CREATE INDEX runs_by_image ON runs(image, started);
CREATE INDEX runs_by_kernel ON runs(kernel, started);
CREATE INDEX campaigns_by_name ON campaigns(name, started);
CREATE INDEX runs_by_campaign ON runs(campaign, ticket, attempt) WHERE campaign <> '';
CREATE VIEW campaign_runs AS
  SELECT *, COALESCE(exit_code = 1 OR (exit_code IS NOT NULL AND NOT COALESCE(stopped, 1)), 0)
              AS finished,
         COALESCE(exit_code, 2) NOT IN (0, 1) AS void
  FROM runs WHERE campaign <> '';
CREATE VIEW counted_runs AS
  SELECT * FROM
    (SELECT *, ROW_NUMBER() OVER (PARTITION BY campaign, ticket ORDER BY finished DESC,
       CASE WHEN finished THEN attempt ELSE -attempt END, uid) AS place FROM campaign_runs)
  WHERE place = 1;
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
CREATE VIEW overview AS
SELECT runs.id, runs.uid, runs.name, runs.recipe, runs.variant, runs.seed, runs.started,
       runs.word AS verdict, runs.kind, runs.recovery, runs.signature, runs.expected, runs.met,
       runs.failed, judgements.because, runs.exit_code, judgements.judge, judgements.judged,
       runs.duration_s, runs.boot_s, runs.exposure_s, runs.at_risk_ms / 1000.0 AS at_risk_s,
       runs.folder, runs.wreckage, runs.host, runs.image, runs.kernel, runs.accelerator
FROM runs LEFT JOIN judgements ON judgements.id = runs.judgement;
COMMIT;
