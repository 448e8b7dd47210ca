-- A results database as a program that knew schema 4 left it: two recipes on three kernels; the
-- folders of the runs are not here. Never edit it: it stands for files that exist.
PRAGMA application_id = 1466197864;
BEGIN TRANSACTION;
CREATE TABLE aliases (
  signature TEXT PRIMARY KEY,
  stands_for TEXT NOT NULL,
  noted TEXT NOT NULL               -- UTC
) STRICT, WITHOUT ROWID;
CREATE TABLE artifacts (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  path TEXT NOT NULL,               -- relative to the run's wreckage
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (run, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE faults (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  hits INTEGER NOT NULL,            -- 0: it never fired
  PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
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
INSERT INTO "judgements" VALUES(1,1,'2026-11-30T00:52:57.818Z','wedgehog 0.1.0','passed','','["all steps finished"]',NULL,0,'passed',1,'[]','','658181199e895260');
INSERT INTO "judgements" VALUES(2,2,'2026-11-30T00:54:18.766Z','wedgehog 0.1.0','wedged','software-wait','["''writer'' made no progress for 40 s","1 blocked task did not run once; ''sh'' for 40 s in wedgehog_log_flush_wait","it is on no road to storage, and waits for no lock","deadlock or missed wakeup: the kind is unproved"]','wedge/wedgehog_log_flush_wait',1,'wedged/software-wait',1,'[{"pid":142,"name":"sh","switches":317,"wait_channel":"wedgehog_log_flush_wait","frames":["wedgehog_log_flush_wait","wedgehog_log_write","proc_reg_write","vfs_write","ksys_write","do_syscall_64","entry_SYSCALL_64_after_hwframe"]}]','','5255ace770dacdca');
INSERT INTO "judgements" VALUES(3,3,'2026-11-30T00:55:14.942Z','wedgehog 0.1.0','failed','','["step failed: step 1 (run mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 /d …), line 15: exit code 32; its last output: mount: /mnt: unknown filesystem type ''ext4''.\n       dmesg(1) may have more information after failed mount system call."]',NULL,1,'passed',0,'[]','','b3600294d6441fdd');
INSERT INTO "judgements" VALUES(4,4,'2026-11-30T00:56:22.361Z','wedgehog 0.1.0','wedged','software-wait','["''writer'' made no progress for 40 s","1 blocked task did not run once; ''sh'' for 39 s in wedgehog_log_flush_wait","it is on no road to storage, and waits for no lock","deadlock or missed wakeup: the kind is unproved"]','wedge/wedgehog_log_flush_wait',1,'wedged/software-wait',1,'[{"pid":143,"name":"sh","switches":299,"wait_channel":"wedgehog_log_flush_wait","frames":["wedgehog_log_flush_wait","wedgehog_log_write","proc_reg_write","vfs_write","ksys_write","do_syscall_64","entry_SYSCALL_64_after_hwframe"]}]','','46148b023a986fe6');
INSERT INTO "judgements" VALUES(5,5,'2026-11-30T00:57:38.326Z','wedgehog 0.1.0','passed','','["all steps finished"]',NULL,0,'passed',1,'[]','','6d0137b8432fd923');
INSERT INTO "judgements" VALUES(6,6,'2026-11-30T00:58:49.338Z','wedgehog 0.1.0','wedged','software-wait','["''writer'' made no progress for 41 s","1 blocked task did not run once; ''sh'' for 40 s in wedgehog_log_flush_wait","it is on no road to storage, and waits for no lock","deadlock or missed wakeup: the kind is unproved"]','wedge/wedgehog_log_flush_wait',1,'wedged/software-wait',1,'[{"pid":238,"name":"sh","switches":315,"wait_channel":"wedgehog_log_flush_wait","frames":["wedgehog_log_flush_wait","wedgehog_log_write","proc_reg_write","vfs_write","ksys_write","do_syscall_64","entry_SYSCALL_64_after_hwframe"]}]','','b90364514d3b9d11');
CREATE TABLE run_texts (
  run INTEGER PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
  command_line TEXT NOT NULL,
  recipe_text TEXT NOT NULL,
  plan TEXT NOT NULL
) STRICT;
CREATE TABLE "runs" (
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
INSERT INTO "runs" VALUES(1,'c64fd3dde4eb60dc6c03820686418ea5','smoke-linux-20261130-0052-b69f','judged',1,NULL,'smoke-linux','image=linux','passed','','',NULL,0,'passed',1,'2026-11-30T00:52:14.356Z','all steps done',43.446842766,27.560412436,15.715434361,'10 done',0,'[]','runs/smoke-linux-20261130-0052-b69f',NULL,'','5588907164453958667','recipes/smoke/linux.yaml','linux','6.1.0-57-cloud-amd64','vmlinuz sha256:1a7ac0c40b10b98353b6f85fa9a0d4f2703287979567e19629d35ad2d777d124
initramfs sha256:fb2fd5d836e40b41c3fc7fc2a7dc9dbbd8c877bde5492ea636b4a727c1a55a49
','7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,14538,3849202,1);
INSERT INTO "runs" VALUES(2,'1789eadc17fe0326fdd58bbe237a2c45','lab-lost-wakeup-20261130-0052-26ec','judged',1,NULL,'lab-lost-wakeup','image=linux','wedged','software-wait','','wedge/wedgehog_log_flush_wait',1,'wedged/software-wait',1,'2026-11-30T00:52:58.007Z','the judge ended it',80.739791519,23.698069809,47.426512754,'3 done',0,'[]','runs/lab-lost-wakeup-20261130-0052-26ec',NULL,'','5588907164453958667','recipes/lab/lost-wakeup.yaml','linux','6.1.0-57-cloud-amd64','vmlinuz sha256:1a7ac0c40b10b98353b6f85fa9a0d4f2703287979567e19629d35ad2d777d124
initramfs sha256:fb2fd5d836e40b41c3fc7fc2a7dc9dbbd8c877bde5492ea636b4a727c1a55a49
','7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,14716,3853566,2);
INSERT INTO "runs" VALUES(3,'ba18805a5e5bb4e77be7b32d3e2d3efc','smoke-linux-20261130-0054-6401','judged',1,NULL,'smoke-linux','image=linux-generic','failed','','',NULL,1,'passed',0,'2026-11-30T00:54:23.860Z','step 1 (run mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 /d …), line 15: exit code 32; its last output: mount: /mnt: unknown filesystem type ''ext4''.
       dmesg(1) may have more information after failed mount system call.',51.059834147,44.516235912,3.841031959,'0 done; step 1 (run mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 /d …), line 15: exit code 32; its last output: mount: /mnt: unknown filesystem type ''ext4''.
       dmesg(1) may have more information after failed mount system call.',0,'[]','runs/smoke-linux-20261130-0054-6401',NULL,'','6709796436238226400','recipes/smoke/linux.yaml','linux-generic','6.1.0-57-amd64','vmlinuz sha256:85667e6c72245133bd7e3e80bac7d16b26fda15c0a3c68faa4b713850ea526cd
initramfs sha256:14d6c82a20328c424a4881dd943b3363b171aa5e0856595590dd795d8255d1f7
','7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,15351,3862152,3);
INSERT INTO "runs" VALUES(4,'1c0063fe9a54a174590eb149f9b8d6cd','lab-lost-wakeup-20261130-0055-f621','judged',1,NULL,'lab-lost-wakeup','image=linux-generic','wedged','software-wait','','wedge/wedgehog_log_flush_wait',1,'wedged/software-wait',1,'2026-11-30T00:55:15.215Z','the judge ended it',67.131918606,15.540378808,48.625105429,'3 done',0,'[]','runs/lab-lost-wakeup-20261130-0055-f621',NULL,'','6709796436238226400','recipes/lab/lost-wakeup.yaml','linux-generic','6.1.0-57-amd64','vmlinuz sha256:85667e6c72245133bd7e3e80bac7d16b26fda15c0a3c68faa4b713850ea526cd
initramfs sha256:14d6c82a20328c424a4881dd943b3363b171aa5e0856595590dd795d8255d1f7
','7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,15972,3867289,4);
INSERT INTO "runs" VALUES(5,'687b0bf490f67134f745bcbdf4a56c9d','smoke-linux-20261130-0056-d07b','judged',1,NULL,'smoke-linux','image=linux-6.12','passed','','',NULL,0,'passed',1,'2026-11-30T00:56:27.572Z','all steps done',70.703797698,57.345543012,13.221623343,'10 done',0,'[]','runs/smoke-linux-20261130-0056-d07b',NULL,'','5806127689947616459','recipes/smoke/linux.yaml','linux-6.12','6.12.117+deb12-cloud-amd64','vmlinuz sha256:b9ea6660d2abac0b2d65aaf11d07cb9d9012b4beb1287d6eb539fccecd1aebd2
initramfs sha256:1382653fc882b7436f22ef49f705bf95c817dcd201aa6c1d522b0d79d7a517eb
','7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,17148,3874518,5);
INSERT INTO "runs" VALUES(6,'0de1ca405a5451a2006763442facf72e','lab-lost-wakeup-20261130-0057-bbed','judged',1,NULL,'lab-lost-wakeup','image=linux-6.12','wedged','software-wait','','wedge/wedgehog_log_flush_wait',1,'wedged/software-wait',1,'2026-11-30T00:57:38.430Z','the judge ended it',70.903562036,16.483526089,50.553743626,'3 done',0,'[]','runs/lab-lost-wakeup-20261130-0057-bbed',NULL,'','5806127689947616459','recipes/lab/lost-wakeup.yaml','linux-6.12','6.12.117+deb12-cloud-amd64','vmlinuz sha256:b9ea6660d2abac0b2d65aaf11d07cb9d9012b4beb1287d6eb539fccecd1aebd2
initramfs sha256:1382653fc882b7436f22ef49f705bf95c817dcd201aa6c1d522b0d79d7a517eb
','7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,17762,3881610,6);
CREATE TABLE schema_versions (
  version INTEGER PRIMARY KEY,
  applied TEXT NOT NULL
) STRICT;
INSERT INTO "schema_versions" VALUES(1,'2026-11-30T00:51:53.601Z');
INSERT INTO "schema_versions" VALUES(2,'2026-11-30T00:51:53.601Z');
INSERT INTO "schema_versions" VALUES(3,'2026-11-30T00:51:53.601Z');
INSERT INTO "schema_versions" VALUES(4,'2026-11-30T00:51:53.603Z');
CREATE TABLE signature_spans (
  span INTEGER NOT NULL,
  signature TEXT NOT NULL,
  runs INTEGER NOT NULL,
  PRIMARY KEY (span, signature)
) STRICT, WITHOUT ROWID;
INSERT INTO "signature_spans" VALUES(0,'wedge/wedgehog_log_flush_wait',3);
INSERT INTO "signature_spans" VALUES(1202611,'wedge/wedgehog_log_flush_wait',3);
INSERT INTO "signature_spans" VALUES(220261130,'wedge/wedgehog_log_flush_wait',3);
CREATE TABLE tally_kinds (
  id INTEGER PRIMARY KEY,
  recipe TEXT NOT NULL,
  variant TEXT NOT NULL,
  word TEXT NOT NULL,
  kind TEXT NOT NULL,
  UNIQUE (recipe, variant, word, kind)
) STRICT;
INSERT INTO "tally_kinds" VALUES(1,'smoke-linux','image=linux','running','');
INSERT INTO "tally_kinds" VALUES(2,'smoke-linux','image=linux','unjudged','');
INSERT INTO "tally_kinds" VALUES(3,'smoke-linux','image=linux','passed','');
INSERT INTO "tally_kinds" VALUES(4,'lab-lost-wakeup','image=linux','running','');
INSERT INTO "tally_kinds" VALUES(5,'lab-lost-wakeup','image=linux','unjudged','');
INSERT INTO "tally_kinds" VALUES(6,'lab-lost-wakeup','image=linux','wedged','software-wait');
INSERT INTO "tally_kinds" VALUES(7,'smoke-linux','image=linux-generic','running','');
INSERT INTO "tally_kinds" VALUES(8,'smoke-linux','image=linux-generic','unjudged','');
INSERT INTO "tally_kinds" VALUES(9,'smoke-linux','image=linux-generic','failed','');
INSERT INTO "tally_kinds" VALUES(10,'lab-lost-wakeup','image=linux-generic','running','');
INSERT INTO "tally_kinds" VALUES(11,'lab-lost-wakeup','image=linux-generic','unjudged','');
INSERT INTO "tally_kinds" VALUES(12,'lab-lost-wakeup','image=linux-generic','wedged','software-wait');
INSERT INTO "tally_kinds" VALUES(13,'smoke-linux','image=linux-6.12','running','');
INSERT INTO "tally_kinds" VALUES(14,'smoke-linux','image=linux-6.12','unjudged','');
INSERT INTO "tally_kinds" VALUES(15,'smoke-linux','image=linux-6.12','passed','');
INSERT INTO "tally_kinds" VALUES(16,'lab-lost-wakeup','image=linux-6.12','running','');
INSERT INTO "tally_kinds" VALUES(17,'lab-lost-wakeup','image=linux-6.12','unjudged','');
INSERT INTO "tally_kinds" VALUES(18,'lab-lost-wakeup','image=linux-6.12','wedged','software-wait');
CREATE TABLE tally_spans (
  span INTEGER NOT NULL,
  tally INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  exposure_ms INTEGER NOT NULL,
  PRIMARY KEY (span, tally)
) STRICT, WITHOUT ROWID;
INSERT INTO "tally_spans" VALUES(0,1,0,0,0);
INSERT INTO "tally_spans" VALUES(0,2,0,0,0);
INSERT INTO "tally_spans" VALUES(0,3,1,0,15715);
INSERT INTO "tally_spans" VALUES(0,4,0,0,0);
INSERT INTO "tally_spans" VALUES(0,5,0,0,0);
INSERT INTO "tally_spans" VALUES(0,6,1,1,47427);
INSERT INTO "tally_spans" VALUES(0,7,0,0,0);
INSERT INTO "tally_spans" VALUES(0,8,0,0,0);
INSERT INTO "tally_spans" VALUES(0,9,1,1,3841);
INSERT INTO "tally_spans" VALUES(0,10,0,0,0);
INSERT INTO "tally_spans" VALUES(0,11,0,0,0);
INSERT INTO "tally_spans" VALUES(0,12,1,1,48625);
INSERT INTO "tally_spans" VALUES(0,13,0,0,0);
INSERT INTO "tally_spans" VALUES(0,14,0,0,0);
INSERT INTO "tally_spans" VALUES(0,15,1,0,13222);
INSERT INTO "tally_spans" VALUES(0,16,0,0,0);
INSERT INTO "tally_spans" VALUES(0,17,0,0,0);
INSERT INTO "tally_spans" VALUES(0,18,1,1,50554);
INSERT INTO "tally_spans" VALUES(1202611,1,0,0,0);
INSERT INTO "tally_spans" VALUES(1202611,2,0,0,0);
INSERT INTO "tally_spans" VALUES(1202611,3,1,0,15715);
INSERT INTO "tally_spans" VALUES(1202611,4,0,0,0);
INSERT INTO "tally_spans" VALUES(1202611,5,0,0,0);
INSERT INTO "tally_spans" VALUES(1202611,6,1,1,47427);
INSERT INTO "tally_spans" VALUES(1202611,7,0,0,0);
INSERT INTO "tally_spans" VALUES(1202611,8,0,0,0);
INSERT INTO "tally_spans" VALUES(1202611,9,1,1,3841);
INSERT INTO "tally_spans" VALUES(1202611,10,0,0,0);
INSERT INTO "tally_spans" VALUES(1202611,11,0,0,0);
INSERT INTO "tally_spans" VALUES(1202611,12,1,1,48625);
INSERT INTO "tally_spans" VALUES(1202611,13,0,0,0);
INSERT INTO "tally_spans" VALUES(1202611,14,0,0,0);
INSERT INTO "tally_spans" VALUES(1202611,15,1,0,13222);
INSERT INTO "tally_spans" VALUES(1202611,16,0,0,0);
INSERT INTO "tally_spans" VALUES(1202611,17,0,0,0);
INSERT INTO "tally_spans" VALUES(1202611,18,1,1,50554);
INSERT INTO "tally_spans" VALUES(220261130,1,0,0,0);
INSERT INTO "tally_spans" VALUES(220261130,2,0,0,0);
INSERT INTO "tally_spans" VALUES(220261130,3,1,0,15715);
INSERT INTO "tally_spans" VALUES(220261130,4,0,0,0);
INSERT INTO "tally_spans" VALUES(220261130,5,0,0,0);
INSERT INTO "tally_spans" VALUES(220261130,6,1,1,47427);
INSERT INTO "tally_spans" VALUES(220261130,7,0,0,0);
INSERT INTO "tally_spans" VALUES(220261130,8,0,0,0);
INSERT INTO "tally_spans" VALUES(220261130,9,1,1,3841);
INSERT INTO "tally_spans" VALUES(220261130,10,0,0,0);
INSERT INTO "tally_spans" VALUES(220261130,11,0,0,0);
INSERT INTO "tally_spans" VALUES(220261130,12,1,1,48625);
INSERT INTO "tally_spans" VALUES(220261130,13,0,0,0);
INSERT INTO "tally_spans" VALUES(220261130,14,0,0,0);
INSERT INTO "tally_spans" VALUES(220261130,15,1,0,13222);
INSERT INTO "tally_spans" VALUES(220261130,16,0,0,0);
INSERT INTO "tally_spans" VALUES(220261130,17,0,0,0);
INSERT INTO "tally_spans" VALUES(220261130,18,1,1,50554);
CREATE TABLE timeline_chunks (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,          -- order within the run
  sealed INTEGER NOT NULL,          -- 1: as large as it gets
  signals INTEGER NOT NULL,
  raw_bytes INTEGER NOT NULL,
  zstd BLOB NOT NULL,               -- text, one signal per line
  PRIMARY KEY (run, number)
) STRICT;
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
CREATE VIEW overview AS
SELECT runs.id, runs.uid, runs.name, runs.recipe, runs.variant, runs.seed, runs.started,
       runs.word AS verdict, runs.kind, runs.recovery, runs.signature, runs.expected, runs.met,
       runs.failed, judgements.because, runs.exit_code, judgements.judge, judgements.judged,
       runs.duration_s, runs.boot_s, runs.exposure_s, runs.folder, runs.wreckage, runs.host,
       runs.kernel, runs.accelerator
FROM runs LEFT JOIN judgements ON judgements.id = runs.judgement;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('runs',6);
INSERT INTO "sqlite_sequence" VALUES('judgements',6);
COMMIT;
