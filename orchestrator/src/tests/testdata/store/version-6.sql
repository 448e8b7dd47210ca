-- A results database as a program that knew schema 6 left it: a campaign of two cells with two runs
-- each, one of which always panics, judged before a failure was dated; the folders of the runs are
-- not here. Never edit it: it stands for files that exist.
PRAGMA application_id = 1466197864;
BEGIN TRANSACTION;
CREATE TABLE schema_versions (
  version INTEGER PRIMARY KEY,
  applied TEXT NOT NULL
) STRICT;
INSERT INTO schema_versions VALUES(1,'2026-11-30T05:18:21.910Z');
INSERT INTO schema_versions VALUES(2,'2026-11-30T05:18:21.910Z');
INSERT INTO schema_versions VALUES(3,'2026-11-30T05:18:21.910Z');
INSERT INTO schema_versions VALUES(4,'2026-11-30T05:18:21.912Z');
INSERT INTO schema_versions VALUES(5,'2026-11-30T05:18:21.913Z');
INSERT INTO schema_versions VALUES(6,'2026-11-30T05:18:21.914Z');
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
, recovery TEXT NOT NULL DEFAULT '', opinion TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO judgements VALUES(1,1,'2026-11-30T05:18:35.585Z','wedgehog 0.1.0','passed','','["all steps finished"]',NULL,0,'passed',1,'[]','','9aa3e9a28bebf836');
INSERT INTO judgements VALUES(2,2,'2026-11-30T05:18:39.007Z','wedgehog 0.1.0','panicked','','["[   14.522149] Kernel panic - not syncing: wedgehog_lab: panic asked for","QEMU reports GUEST_PANICKED"]','panic/kernel-panic-wedgehog_lab-panic-asked-for',1,'panicked',1,'[]','','de4835fd0aed3d64');
INSERT INTO judgements VALUES(3,3,'2026-11-30T05:18:51.620Z','wedgehog 0.1.0','passed','','["all steps finished"]',NULL,0,'passed',1,'[]','','48296d58b2601e09');
INSERT INTO judgements VALUES(4,4,'2026-11-30T05:18:59.596Z','wedgehog 0.1.0','panicked','','["[   18.031094] Kernel panic - not syncing: wedgehog_lab: panic asked for","QEMU reports GUEST_PANICKED"]','panic/kernel-panic-wedgehog_lab-panic-asked-for',1,'panicked',1,'[]','','3f93f13e918e2be1');
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
, campaign TEXT NOT NULL DEFAULT '', ticket INTEGER NOT NULL DEFAULT 0, attempt INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO runs VALUES(1,'8f9baf6dad046f318c5c4e06746d4706','smoke-linux-20261130-0518-6673','judged',1,NULL,'smoke-linux','','passed','','',NULL,0,'passed',1,'2026-11-30T05:18:22.285Z','all steps done',13.298230264000000744,7.5941888750000003938,5.649657760000000195,'10 done',0,'[]','runs/smoke-linux-20261130-0518-6673',NULL,'','17097666643129758350','recipes/smoke/linux.yaml','linux','6.1.0-57-cloud-amd64',replace('vmlinuz sha256:1a7ac0c40b10b98353b6f85fa9a0d4f2703287979567e19629d35ad2d777d124\ninitramfs sha256:a0f4af9f41e2ea88d14d984ddf4672b0b94f820a938665164708be4a32181d5f\n','\n',char(10)),'7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,14560,5445996,1,'00fd0964625e3cb9e79b76cafc2f171e',1,0);
INSERT INTO runs VALUES(2,'4e4a1f8c6a9ecc7c368a1f3b6bce8db0','lab-panic-20261130-0518-5d9c','judged',1,NULL,'lab-panic','','panicked','','','panic/kernel-panic-wedgehog_lab-panic-asked-for',1,'panicked',1,'2026-11-30T05:18:22.284Z','the judge ended it',16.721291896000000321,7.8645593409999996481,8.2190532340000004296,'3 done',0,'["guest-ps: the guest is panicked","guest-dmesg: the guest is panicked","guest-proc: the guest is panicked"]','runs/lab-panic-20261130-0518-5d9c',NULL,'','13414519144738832222','recipes/lab/panic.yaml','linux','6.1.0-57-cloud-amd64',replace('vmlinuz sha256:1a7ac0c40b10b98353b6f85fa9a0d4f2703287979567e19629d35ad2d777d124\ninitramfs sha256:a0f4af9f41e2ea88d14d984ddf4672b0b94f820a938665164708be4a32181d5f\n','\n',char(10)),'7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,14561,5445996,2,'00fd0964625e3cb9e79b76cafc2f171e',2,0);
INSERT INTO runs VALUES(3,'f3bc80ce7b059e0de86028fd24075203','smoke-linux-20261130-0518-79a2','judged',1,NULL,'smoke-linux','','passed','','',NULL,0,'passed',1,'2026-11-30T05:18:35.649Z','all steps done',15.968418100999999253,6.2266168249999997996,9.6712594630000001671,'10 done',0,'[]','runs/smoke-linux-20261130-0518-79a2',NULL,'','8301576405069123724','recipes/smoke/linux.yaml','linux','6.1.0-57-cloud-amd64',replace('vmlinuz sha256:1a7ac0c40b10b98353b6f85fa9a0d4f2703287979567e19629d35ad2d777d124\ninitramfs sha256:a0f4af9f41e2ea88d14d984ddf4672b0b94f820a938665164708be4a32181d5f\n','\n',char(10)),'7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,14593,5447332,3,'00fd0964625e3cb9e79b76cafc2f171e',3,0);
INSERT INTO runs VALUES(4,'28ddf3f622c8c641a72ffad55c9e7297','lab-panic-20261130-0518-f153','judged',1,NULL,'lab-panic','','panicked','','','panic/kernel-panic-wedgehog_lab-panic-asked-for',1,'panicked',1,'2026-11-30T05:18:39.270Z','the judge ended it',20.323850809999999711,11.410899969000000808,7.7476216159999999888,'3 done',0,'["guest-ps: the guest is panicked","guest-dmesg: the guest is panicked","guest-proc: the guest is panicked"]','runs/lab-panic-20261130-0518-f153',NULL,'','16784339968171560351','recipes/lab/panic.yaml','linux','6.1.0-57-cloud-amd64',replace('vmlinuz sha256:1a7ac0c40b10b98353b6f85fa9a0d4f2703287979567e19629d35ad2d777d124\ninitramfs sha256:a0f4af9f41e2ea88d14d984ddf4672b0b94f820a938665164708be4a32181d5f\n','\n',char(10)),'7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,14604,5447694,4,'00fd0964625e3cb9e79b76cafc2f171e',4,0);
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
INSERT INTO tally_spans VALUES(0,1,0,0,0);
INSERT INTO tally_spans VALUES(0,2,2,0,15321);
INSERT INTO tally_spans VALUES(0,3,0,0,0);
INSERT INTO tally_spans VALUES(0,4,2,2,15967);
INSERT INTO tally_spans VALUES(1202611,1,0,0,0);
INSERT INTO tally_spans VALUES(1202611,2,2,0,15321);
INSERT INTO tally_spans VALUES(1202611,3,0,0,0);
INSERT INTO tally_spans VALUES(1202611,4,2,2,15967);
INSERT INTO tally_spans VALUES(220261130,1,0,0,0);
INSERT INTO tally_spans VALUES(220261130,2,2,0,15321);
INSERT INTO tally_spans VALUES(220261130,3,0,0,0);
INSERT INTO tally_spans VALUES(220261130,4,2,2,15967);
CREATE TABLE signature_spans (
  span INTEGER NOT NULL,
  signature TEXT NOT NULL,
  runs INTEGER NOT NULL,
  PRIMARY KEY (span, signature)
) STRICT, WITHOUT ROWID;
INSERT INTO signature_spans VALUES(0,'panic/kernel-panic-wedgehog_lab-panic-asked-for',2);
INSERT INTO signature_spans VALUES(1202611,'panic/kernel-panic-wedgehog_lab-panic-asked-for',2);
INSERT INTO signature_spans VALUES(220261130,'panic/kernel-panic-wedgehog_lab-panic-asked-for',2);
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
INSERT INTO tally_kinds VALUES(1,'smoke-linux','','linux','6.1.0-57-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(2,'smoke-linux','','linux','6.1.0-57-cloud-amd64','passed','');
INSERT INTO tally_kinds VALUES(3,'lab-panic','','linux','6.1.0-57-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(4,'lab-panic','','linux','6.1.0-57-cloud-amd64','panicked','');
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
INSERT INTO campaigns VALUES('00fd0964625e3cb9e79b76cafc2f171e','try','done','all cells have had enough','2026-11-30T05:18:22.262Z','2026-11-30T05:18:59.876Z','night.yaml',replace('name: try\nrecipes: [recipes/smoke/linux.yaml, recipes/lab/panic.yaml]\nruns: 2\nslots: 2\nseed: 3\nhook: [sh, -c, "cat >> /var/tmp/hook.out"]\nmetrics: /var/tmp/try.prom\n','\n',char(10)),'{"image linux":"vmlinuz sha256:1a7ac0c40b10b98353b6f85fa9a0d4f2703287979567e19629d35ad2d777d124\ninitramfs sha256:a0f4af9f41e2ea88d14d984ddf4672b0b94f820a938665164708be4a32181d5f\n","recipe recipes/lab/panic.yaml":"b6eb3e010650a67f08df06c38e6bd8a4b7790859ea9e4e908b631eb89d3ec880","recipe recipes/smoke/linux.yaml":"209c9fead6d47cbac255300d3fc6bd6d0b7193ada512f8083d0d5c16d7023b09"}','{"accel":"auto","qemu":"qemu-system-x86_64","executor":"local","seed":"3","slots":2}','','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,14375,5445958);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('runs',4);
INSERT INTO sqlite_sequence VALUES('judgements',4);
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
CREATE INDEX runs_by_image ON runs(image, started);
CREATE INDEX runs_by_kernel ON runs(kernel, started);
CREATE VIEW overview AS
SELECT runs.id, runs.uid, runs.name, runs.recipe, runs.variant, runs.seed, runs.started,
       runs.word AS verdict, runs.kind, runs.recovery, runs.signature, runs.expected, runs.met,
       runs.failed, judgements.because, runs.exit_code, judgements.judge, judgements.judged,
       runs.duration_s, runs.boot_s, runs.exposure_s, runs.folder, runs.wreckage, runs.host,
       runs.image, runs.kernel, runs.accelerator
FROM runs LEFT JOIN judgements ON judgements.id = runs.judgement;
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
COMMIT;
