-- A results database as a program that knew schema 5 left it, with no campaigns yet: runs on three
-- images, wedges, failures of a workload, one that was interrupted, and an alias; the folders of the
-- runs are not here. Never edit it: it stands for files that exist.
PRAGMA application_id = 1466197864;
BEGIN TRANSACTION;
CREATE TABLE schema_versions (
  version INTEGER PRIMARY KEY,
  applied TEXT NOT NULL
) STRICT;
INSERT INTO schema_versions VALUES(1,'2026-11-30T00:51:53.601Z');
INSERT INTO schema_versions VALUES(2,'2026-11-30T00:51:53.601Z');
INSERT INTO schema_versions VALUES(3,'2026-11-30T00:51:53.601Z');
INSERT INTO schema_versions VALUES(4,'2026-11-30T00:51:53.603Z');
INSERT INTO schema_versions VALUES(5,'2026-11-30T01:22:53.921Z');
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
INSERT INTO judgements VALUES(2,2,'2026-11-30T00:54:18.766Z','wedgehog 0.1.0','wedged','software-wait','["''writer'' made no progress for 40 s","1 blocked task did not run once; ''sh'' for 40 s in wedgehog_log_flush_wait","it is on no road to storage, and waits for no lock","deadlock or missed wakeup: the kind is unproved"]','wedge/wedgehog_log_flush_wait',1,'wedged/software-wait',1,'[{"pid":142,"name":"sh","switches":317,"wait_channel":"wedgehog_log_flush_wait","frames":["wedgehog_log_flush_wait","wedgehog_log_write","proc_reg_write","vfs_write","ksys_write","do_syscall_64","entry_SYSCALL_64_after_hwframe"]}]','','5255ace770dacdca');
INSERT INTO judgements VALUES(3,3,'2026-11-30T00:55:14.942Z','wedgehog 0.1.0','failed','','["step failed: step 1 (run mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 /d …), line 15: exit code 32; its last output: mount: /mnt: unknown filesystem type ''ext4''.\n       dmesg(1) may have more information after failed mount system call."]',NULL,1,'passed',0,'[]','','b3600294d6441fdd');
INSERT INTO judgements VALUES(5,5,'2026-11-30T00:57:38.326Z','wedgehog 0.1.0','passed','','["all steps finished"]',NULL,0,'passed',1,'[]','','6d0137b8432fd923');
INSERT INTO judgements VALUES(6,6,'2026-11-30T00:58:49.338Z','wedgehog 0.1.0','wedged','software-wait','["''writer'' made no progress for 41 s","1 blocked task did not run once; ''sh'' for 40 s in wedgehog_log_flush_wait","it is on no road to storage, and waits for no lock","deadlock or missed wakeup: the kind is unproved"]','wedge/wedgehog_log_flush_wait',1,'wedged/software-wait',1,'[{"pid":238,"name":"sh","switches":315,"wait_channel":"wedgehog_log_flush_wait","frames":["wedgehog_log_flush_wait","wedgehog_log_write","proc_reg_write","vfs_write","ksys_write","do_syscall_64","entry_SYSCALL_64_after_hwframe"]}]','','b90364514d3b9d11');
INSERT INTO judgements VALUES(18,19,'2026-11-30T01:35:24.131Z','wedgehog 0.1.0','workload-failed','','["''fsstress'' ended with exit code 2 6 s ago","it wrote: /bin/sh: 2: Illegal number: 9472267516874808791"]',NULL,1,'passed',0,'[]','','539e721a58de44be');
INSERT INTO judgements VALUES(20,20,'2026-11-30T01:37:12.106Z','wedgehog 0.1.0','passed','','["all steps finished"]',NULL,0,'passed',1,'[]','','4c9a004b607e02b1');
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
INSERT INTO faults VALUES(19,'latency','latency',53);
INSERT INTO faults VALUES(20,'latency','latency',327);
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
) STRICT;
INSERT INTO runs VALUES(2,'1789eadc17fe0326fdd58bbe237a2c45','lab-lost-wakeup-20261130-0052-26ec','judged',1,NULL,'lab-lost-wakeup','image=linux','wedged','software-wait','','wedge/wedgehog_log_flush_wait',1,'wedged/software-wait',1,'2026-11-30T00:52:58.007Z','the judge ended it',80.73979151899999351,23.698069808999999708,47.426512754000000882,'3 done',0,'[]','runs/lab-lost-wakeup-20261130-0052-26ec',NULL,'','5588907164453958667','recipes/lab/lost-wakeup.yaml','linux','6.1.0-57-cloud-amd64',replace('vmlinuz sha256:1a7ac0c40b10b98353b6f85fa9a0d4f2703287979567e19629d35ad2d777d124\ninitramfs sha256:fb2fd5d836e40b41c3fc7fc2a7dc9dbbd8c877bde5492ea636b4a727c1a55a49\n','\n',char(10)),'7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,14716,3853566,2);
INSERT INTO runs VALUES(3,'ba18805a5e5bb4e77be7b32d3e2d3efc','smoke-linux-20261130-0054-6401','judged',1,NULL,'smoke-linux','image=linux-generic','failed','','',NULL,1,'passed',0,'2026-11-30T00:54:23.860Z',replace('step 1 (run mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 /d …), line 15: exit code 32; its last output: mount: /mnt: unknown filesystem type ''ext4''.\n       dmesg(1) may have more information after failed mount system call.','\n',char(10)),51.05983414699999656,44.516235911999999077,3.8410319589999999401,replace('0 done; step 1 (run mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 /d …), line 15: exit code 32; its last output: mount: /mnt: unknown filesystem type ''ext4''.\n       dmesg(1) may have more information after failed mount system call.','\n',char(10)),0,'[]','runs/smoke-linux-20261130-0054-6401',NULL,'','6709796436238226400','recipes/smoke/linux.yaml','linux-generic','6.1.0-57-amd64',replace('vmlinuz sha256:85667e6c72245133bd7e3e80bac7d16b26fda15c0a3c68faa4b713850ea526cd\ninitramfs sha256:14d6c82a20328c424a4881dd943b3363b171aa5e0856595590dd795d8255d1f7\n','\n',char(10)),'7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,15351,3862152,3);
INSERT INTO runs VALUES(5,'687b0bf490f67134f745bcbdf4a56c9d','smoke-linux-20261130-0056-d07b','judged',1,NULL,'smoke-linux','image=linux-6.12','passed','','',NULL,0,'passed',1,'2026-11-30T00:56:27.572Z','all steps done',70.70379769800000247,57.345543012000000258,13.221623342999999195,'10 done',0,'[]','runs/smoke-linux-20261130-0056-d07b',NULL,'','5806127689947616459','recipes/smoke/linux.yaml','linux-6.12','6.12.117+deb12-cloud-amd64',replace('vmlinuz sha256:b9ea6660d2abac0b2d65aaf11d07cb9d9012b4beb1287d6eb539fccecd1aebd2\ninitramfs sha256:1382653fc882b7436f22ef49f705bf95c817dcd201aa6c1d522b0d79d7a517eb\n','\n',char(10)),'7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,17148,3874518,5);
INSERT INTO runs VALUES(6,'0de1ca405a5451a2006763442facf72e','lab-lost-wakeup-20261130-0057-bbed','judged',1,NULL,'lab-lost-wakeup','image=linux-6.12','wedged','software-wait','','wedge/wedgehog_log_flush_wait',1,'wedged/software-wait',1,'2026-11-30T00:57:38.430Z','the judge ended it',70.903562035999996735,16.483526089000001491,50.553743625999999268,'3 done',0,'[]','runs/lab-lost-wakeup-20261130-0057-bbed',NULL,'','5806127689947616459','recipes/lab/lost-wakeup.yaml','linux-6.12','6.12.117+deb12-cloud-amd64',replace('vmlinuz sha256:b9ea6660d2abac0b2d65aaf11d07cb9d9012b4beb1287d6eb539fccecd1aebd2\ninitramfs sha256:1382653fc882b7436f22ef49f705bf95c817dcd201aa6c1d522b0d79d7a517eb\n','\n',char(10)),'7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,17762,3881610,6);
INSERT INTO runs VALUES(19,'64928c0be109a57674a380125d045054','example-fsstress-20261130-0134-d054','judged',1,NULL,'example-fsstress','fs=xfs','workload-failed','','',NULL,1,'passed',0,'2026-11-30T01:34:50.328Z','the judge ended it',33.794158144000000731,15.573007371999999293,15.66707581500000046,'4 done',0,'[]','runs/example-fsstress-20261130-0134-d054',NULL,'','9472267516874808791','recipes/examples/fsstress.yaml','linux','6.1.0-57-cloud-amd64',replace('vmlinuz sha256:1a7ac0c40b10b98353b6f85fa9a0d4f2703287979567e19629d35ad2d777d124\ninitramfs sha256:f352e05278ee729ae6cd74f0090fe1e54e8030c7cd12a26e62c88d4ff3312dc0\n','\n',char(10)),'7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,14587,4104800,18);
INSERT INTO runs VALUES(20,'6d2170f6fd22f349d850904bc1a105ad','example-fsstress-20261130-0135-2f0d','judged',1,NULL,'example-fsstress','fs=xfs','passed','','',NULL,0,'passed',1,'2026-11-30T01:35:45.290Z','all steps done',86.810382235999995256,18.158333838000000781,68.419657807999996633,'7 done',0,'[]','runs/example-fsstress-20261130-0135-2f0d',NULL,'','16298110333454040644','recipes/examples/fsstress.yaml','linux','6.1.0-57-cloud-amd64',replace('vmlinuz sha256:1a7ac0c40b10b98353b6f85fa9a0d4f2703287979567e19629d35ad2d777d124\ninitramfs sha256:f352e05278ee729ae6cd74f0090fe1e54e8030c7cd12a26e62c88d4ff3312dc0\n','\n',char(10)),'7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,18406,4110296,20);
INSERT INTO runs VALUES(29,'0c2abff4156d23a72b66ed29eef09694','example-xfstests-20261130-0144-6c1d','existed',0,'2026-11-30T01:54:10.332Z','example-xfstests','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2026-11-30T01:44:24.416Z',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'runs/example-xfstests-20261130-0144-6c1d',NULL,'','6180761062538170353','recipes/examples/xfstests.yaml','xfstests','6.1.0-57-amd64',replace('disk.qcow2 sha256:30dd363676fe3611a62072d9bd0f272a73542d962cc8f547f520a2238f97a279\n','\n',char(10)),'7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)','tcg',2.0,'vm','6.18.44-fc-v857','0.1.0','vm','8193e3d0-14e1-4573-ad1a-c39c24cabc13',4026531836,16148,4162208,NULL);
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
INSERT INTO aliases VALUES('wedge/lab-waiter','wedge/wedgehog_log_flush_wait','2026-11-30T01:30:00.000Z');
CREATE TABLE tally_spans (
  span INTEGER NOT NULL,
  tally INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  exposure_ms INTEGER NOT NULL,
  PRIMARY KEY (span, tally)
) STRICT, WITHOUT ROWID;
INSERT INTO tally_spans VALUES(0,1,1,1,47427);
INSERT INTO tally_spans VALUES(0,2,0,0,0);
INSERT INTO tally_spans VALUES(0,3,1,1,50554);
INSERT INTO tally_spans VALUES(0,4,0,0,0);
INSERT INTO tally_spans VALUES(0,5,1,1,3841);
INSERT INTO tally_spans VALUES(0,6,1,0,13222);
INSERT INTO tally_spans VALUES(0,7,0,0,0);
INSERT INTO tally_spans VALUES(0,8,0,0,0);
INSERT INTO tally_spans VALUES(0,9,0,0,0);
INSERT INTO tally_spans VALUES(0,10,0,0,0);
INSERT INTO tally_spans VALUES(0,11,0,0,0);
INSERT INTO tally_spans VALUES(0,12,0,0,0);
INSERT INTO tally_spans VALUES(0,13,0,0,0);
INSERT INTO tally_spans VALUES(0,14,0,0,0);
INSERT INTO tally_spans VALUES(0,15,0,0,0);
INSERT INTO tally_spans VALUES(0,16,0,0,0);
INSERT INTO tally_spans VALUES(0,17,0,0,0);
INSERT INTO tally_spans VALUES(0,18,0,0,0);
INSERT INTO tally_spans VALUES(0,19,0,0,0);
INSERT INTO tally_spans VALUES(0,20,0,0,0);
INSERT INTO tally_spans VALUES(0,21,0,0,0);
INSERT INTO tally_spans VALUES(0,22,0,0,0);
INSERT INTO tally_spans VALUES(0,23,0,0,0);
INSERT INTO tally_spans VALUES(0,24,0,0,0);
INSERT INTO tally_spans VALUES(0,25,0,0,0);
INSERT INTO tally_spans VALUES(0,26,0,0,0);
INSERT INTO tally_spans VALUES(0,27,0,0,0);
INSERT INTO tally_spans VALUES(0,28,0,0,0);
INSERT INTO tally_spans VALUES(0,29,0,0,0);
INSERT INTO tally_spans VALUES(0,30,0,0,0);
INSERT INTO tally_spans VALUES(0,31,0,0,0);
INSERT INTO tally_spans VALUES(0,32,0,0,0);
INSERT INTO tally_spans VALUES(0,33,0,0,0);
INSERT INTO tally_spans VALUES(0,34,0,0,0);
INSERT INTO tally_spans VALUES(0,35,0,0,0);
INSERT INTO tally_spans VALUES(0,36,0,0,0);
INSERT INTO tally_spans VALUES(0,37,0,0,0);
INSERT INTO tally_spans VALUES(0,38,0,0,0);
INSERT INTO tally_spans VALUES(0,39,0,0,0);
INSERT INTO tally_spans VALUES(0,40,0,0,0);
INSERT INTO tally_spans VALUES(0,41,0,0,0);
INSERT INTO tally_spans VALUES(0,42,1,1,15667);
INSERT INTO tally_spans VALUES(0,43,0,0,0);
INSERT INTO tally_spans VALUES(0,44,0,0,0);
INSERT INTO tally_spans VALUES(0,45,1,0,68420);
INSERT INTO tally_spans VALUES(0,46,0,0,0);
INSERT INTO tally_spans VALUES(0,47,0,0,0);
INSERT INTO tally_spans VALUES(0,48,0,0,0);
INSERT INTO tally_spans VALUES(0,49,0,0,0);
INSERT INTO tally_spans VALUES(0,50,0,0,0);
INSERT INTO tally_spans VALUES(0,51,0,0,0);
INSERT INTO tally_spans VALUES(0,52,0,0,0);
INSERT INTO tally_spans VALUES(0,53,0,0,0);
INSERT INTO tally_spans VALUES(0,54,0,0,0);
INSERT INTO tally_spans VALUES(0,55,0,0,0);
INSERT INTO tally_spans VALUES(0,56,0,0,0);
INSERT INTO tally_spans VALUES(0,57,0,0,0);
INSERT INTO tally_spans VALUES(0,58,0,0,0);
INSERT INTO tally_spans VALUES(0,59,0,0,0);
INSERT INTO tally_spans VALUES(0,60,0,0,0);
INSERT INTO tally_spans VALUES(0,61,0,0,0);
INSERT INTO tally_spans VALUES(0,62,0,0,0);
INSERT INTO tally_spans VALUES(0,63,0,0,0);
INSERT INTO tally_spans VALUES(0,64,0,0,0);
INSERT INTO tally_spans VALUES(0,65,0,0,0);
INSERT INTO tally_spans VALUES(0,66,1,0,0);
INSERT INTO tally_spans VALUES(0,67,0,0,0);
INSERT INTO tally_spans VALUES(0,68,0,0,0);
INSERT INTO tally_spans VALUES(0,69,0,0,0);
INSERT INTO tally_spans VALUES(0,70,0,0,0);
INSERT INTO tally_spans VALUES(0,71,0,0,0);
INSERT INTO tally_spans VALUES(0,72,0,0,0);
INSERT INTO tally_spans VALUES(0,73,0,0,0);
INSERT INTO tally_spans VALUES(0,74,0,0,0);
INSERT INTO tally_spans VALUES(0,75,0,0,0);
INSERT INTO tally_spans VALUES(0,76,0,0,0);
INSERT INTO tally_spans VALUES(0,77,0,0,0);
INSERT INTO tally_spans VALUES(0,78,0,0,0);
INSERT INTO tally_spans VALUES(0,79,0,0,0);
INSERT INTO tally_spans VALUES(0,80,0,0,0);
INSERT INTO tally_spans VALUES(0,81,0,0,0);
INSERT INTO tally_spans VALUES(0,82,0,0,0);
INSERT INTO tally_spans VALUES(0,83,0,0,0);
INSERT INTO tally_spans VALUES(0,84,0,0,0);
INSERT INTO tally_spans VALUES(0,85,0,0,0);
INSERT INTO tally_spans VALUES(0,86,0,0,0);
INSERT INTO tally_spans VALUES(0,87,0,0,0);
INSERT INTO tally_spans VALUES(0,88,0,0,0);
INSERT INTO tally_spans VALUES(0,89,0,0,0);
INSERT INTO tally_spans VALUES(0,90,0,0,0);
INSERT INTO tally_spans VALUES(0,91,0,0,0);
INSERT INTO tally_spans VALUES(0,92,0,0,0);
INSERT INTO tally_spans VALUES(0,93,0,0,0);
INSERT INTO tally_spans VALUES(0,94,0,0,0);
INSERT INTO tally_spans VALUES(0,95,0,0,0);
INSERT INTO tally_spans VALUES(0,96,0,0,0);
INSERT INTO tally_spans VALUES(0,97,0,0,0);
INSERT INTO tally_spans VALUES(0,98,0,0,0);
INSERT INTO tally_spans VALUES(1202611,1,1,1,47427);
INSERT INTO tally_spans VALUES(1202611,2,0,0,0);
INSERT INTO tally_spans VALUES(1202611,3,1,1,50554);
INSERT INTO tally_spans VALUES(1202611,4,0,0,0);
INSERT INTO tally_spans VALUES(1202611,5,1,1,3841);
INSERT INTO tally_spans VALUES(1202611,6,1,0,13222);
INSERT INTO tally_spans VALUES(1202611,7,0,0,0);
INSERT INTO tally_spans VALUES(1202611,8,0,0,0);
INSERT INTO tally_spans VALUES(1202611,9,0,0,0);
INSERT INTO tally_spans VALUES(1202611,10,0,0,0);
INSERT INTO tally_spans VALUES(1202611,11,0,0,0);
INSERT INTO tally_spans VALUES(1202611,12,0,0,0);
INSERT INTO tally_spans VALUES(1202611,13,0,0,0);
INSERT INTO tally_spans VALUES(1202611,14,0,0,0);
INSERT INTO tally_spans VALUES(1202611,15,0,0,0);
INSERT INTO tally_spans VALUES(1202611,16,0,0,0);
INSERT INTO tally_spans VALUES(1202611,17,0,0,0);
INSERT INTO tally_spans VALUES(1202611,18,0,0,0);
INSERT INTO tally_spans VALUES(1202611,19,0,0,0);
INSERT INTO tally_spans VALUES(1202611,20,0,0,0);
INSERT INTO tally_spans VALUES(1202611,21,0,0,0);
INSERT INTO tally_spans VALUES(1202611,22,0,0,0);
INSERT INTO tally_spans VALUES(1202611,23,0,0,0);
INSERT INTO tally_spans VALUES(1202611,24,0,0,0);
INSERT INTO tally_spans VALUES(1202611,25,0,0,0);
INSERT INTO tally_spans VALUES(1202611,26,0,0,0);
INSERT INTO tally_spans VALUES(1202611,27,0,0,0);
INSERT INTO tally_spans VALUES(1202611,28,0,0,0);
INSERT INTO tally_spans VALUES(1202611,29,0,0,0);
INSERT INTO tally_spans VALUES(1202611,30,0,0,0);
INSERT INTO tally_spans VALUES(1202611,31,0,0,0);
INSERT INTO tally_spans VALUES(1202611,32,0,0,0);
INSERT INTO tally_spans VALUES(1202611,33,0,0,0);
INSERT INTO tally_spans VALUES(1202611,34,0,0,0);
INSERT INTO tally_spans VALUES(1202611,35,0,0,0);
INSERT INTO tally_spans VALUES(1202611,36,0,0,0);
INSERT INTO tally_spans VALUES(1202611,37,0,0,0);
INSERT INTO tally_spans VALUES(1202611,38,0,0,0);
INSERT INTO tally_spans VALUES(1202611,39,0,0,0);
INSERT INTO tally_spans VALUES(1202611,40,0,0,0);
INSERT INTO tally_spans VALUES(1202611,41,0,0,0);
INSERT INTO tally_spans VALUES(1202611,42,1,1,15667);
INSERT INTO tally_spans VALUES(1202611,43,0,0,0);
INSERT INTO tally_spans VALUES(1202611,44,0,0,0);
INSERT INTO tally_spans VALUES(1202611,45,1,0,68420);
INSERT INTO tally_spans VALUES(1202611,46,0,0,0);
INSERT INTO tally_spans VALUES(1202611,47,0,0,0);
INSERT INTO tally_spans VALUES(1202611,48,0,0,0);
INSERT INTO tally_spans VALUES(1202611,49,0,0,0);
INSERT INTO tally_spans VALUES(1202611,50,0,0,0);
INSERT INTO tally_spans VALUES(1202611,51,0,0,0);
INSERT INTO tally_spans VALUES(1202611,52,0,0,0);
INSERT INTO tally_spans VALUES(1202611,53,0,0,0);
INSERT INTO tally_spans VALUES(1202611,54,0,0,0);
INSERT INTO tally_spans VALUES(1202611,55,0,0,0);
INSERT INTO tally_spans VALUES(1202611,56,0,0,0);
INSERT INTO tally_spans VALUES(1202611,57,0,0,0);
INSERT INTO tally_spans VALUES(1202611,58,0,0,0);
INSERT INTO tally_spans VALUES(1202611,59,0,0,0);
INSERT INTO tally_spans VALUES(1202611,60,0,0,0);
INSERT INTO tally_spans VALUES(1202611,61,0,0,0);
INSERT INTO tally_spans VALUES(1202611,62,0,0,0);
INSERT INTO tally_spans VALUES(1202611,63,0,0,0);
INSERT INTO tally_spans VALUES(1202611,64,0,0,0);
INSERT INTO tally_spans VALUES(1202611,65,0,0,0);
INSERT INTO tally_spans VALUES(1202611,66,1,0,0);
INSERT INTO tally_spans VALUES(1202611,67,0,0,0);
INSERT INTO tally_spans VALUES(1202611,68,0,0,0);
INSERT INTO tally_spans VALUES(1202611,69,0,0,0);
INSERT INTO tally_spans VALUES(1202611,70,0,0,0);
INSERT INTO tally_spans VALUES(1202611,71,0,0,0);
INSERT INTO tally_spans VALUES(1202611,72,0,0,0);
INSERT INTO tally_spans VALUES(1202611,73,0,0,0);
INSERT INTO tally_spans VALUES(1202611,74,0,0,0);
INSERT INTO tally_spans VALUES(1202611,75,0,0,0);
INSERT INTO tally_spans VALUES(1202611,76,0,0,0);
INSERT INTO tally_spans VALUES(1202611,77,0,0,0);
INSERT INTO tally_spans VALUES(1202611,78,0,0,0);
INSERT INTO tally_spans VALUES(1202611,79,0,0,0);
INSERT INTO tally_spans VALUES(1202611,80,0,0,0);
INSERT INTO tally_spans VALUES(1202611,81,0,0,0);
INSERT INTO tally_spans VALUES(1202611,82,0,0,0);
INSERT INTO tally_spans VALUES(1202611,83,0,0,0);
INSERT INTO tally_spans VALUES(1202611,84,0,0,0);
INSERT INTO tally_spans VALUES(1202611,85,0,0,0);
INSERT INTO tally_spans VALUES(1202611,86,0,0,0);
INSERT INTO tally_spans VALUES(1202611,87,0,0,0);
INSERT INTO tally_spans VALUES(1202611,88,0,0,0);
INSERT INTO tally_spans VALUES(1202611,89,0,0,0);
INSERT INTO tally_spans VALUES(1202611,90,0,0,0);
INSERT INTO tally_spans VALUES(1202611,91,0,0,0);
INSERT INTO tally_spans VALUES(1202611,92,0,0,0);
INSERT INTO tally_spans VALUES(1202611,93,0,0,0);
INSERT INTO tally_spans VALUES(1202611,94,0,0,0);
INSERT INTO tally_spans VALUES(1202611,95,0,0,0);
INSERT INTO tally_spans VALUES(1202611,96,0,0,0);
INSERT INTO tally_spans VALUES(1202611,97,0,0,0);
INSERT INTO tally_spans VALUES(1202611,98,0,0,0);
INSERT INTO tally_spans VALUES(220261130,1,1,1,47427);
INSERT INTO tally_spans VALUES(220261130,2,0,0,0);
INSERT INTO tally_spans VALUES(220261130,3,1,1,50554);
INSERT INTO tally_spans VALUES(220261130,4,0,0,0);
INSERT INTO tally_spans VALUES(220261130,5,1,1,3841);
INSERT INTO tally_spans VALUES(220261130,6,1,0,13222);
INSERT INTO tally_spans VALUES(220261130,7,0,0,0);
INSERT INTO tally_spans VALUES(220261130,8,0,0,0);
INSERT INTO tally_spans VALUES(220261130,9,0,0,0);
INSERT INTO tally_spans VALUES(220261130,10,0,0,0);
INSERT INTO tally_spans VALUES(220261130,11,0,0,0);
INSERT INTO tally_spans VALUES(220261130,12,0,0,0);
INSERT INTO tally_spans VALUES(220261130,13,0,0,0);
INSERT INTO tally_spans VALUES(220261130,14,0,0,0);
INSERT INTO tally_spans VALUES(220261130,15,0,0,0);
INSERT INTO tally_spans VALUES(220261130,16,0,0,0);
INSERT INTO tally_spans VALUES(220261130,17,0,0,0);
INSERT INTO tally_spans VALUES(220261130,18,0,0,0);
INSERT INTO tally_spans VALUES(220261130,19,0,0,0);
INSERT INTO tally_spans VALUES(220261130,20,0,0,0);
INSERT INTO tally_spans VALUES(220261130,21,0,0,0);
INSERT INTO tally_spans VALUES(220261130,22,0,0,0);
INSERT INTO tally_spans VALUES(220261130,23,0,0,0);
INSERT INTO tally_spans VALUES(220261130,24,0,0,0);
INSERT INTO tally_spans VALUES(220261130,25,0,0,0);
INSERT INTO tally_spans VALUES(220261130,26,0,0,0);
INSERT INTO tally_spans VALUES(220261130,27,0,0,0);
INSERT INTO tally_spans VALUES(220261130,28,0,0,0);
INSERT INTO tally_spans VALUES(220261130,29,0,0,0);
INSERT INTO tally_spans VALUES(220261130,30,0,0,0);
INSERT INTO tally_spans VALUES(220261130,31,0,0,0);
INSERT INTO tally_spans VALUES(220261130,32,0,0,0);
INSERT INTO tally_spans VALUES(220261130,33,0,0,0);
INSERT INTO tally_spans VALUES(220261130,34,0,0,0);
INSERT INTO tally_spans VALUES(220261130,35,0,0,0);
INSERT INTO tally_spans VALUES(220261130,36,0,0,0);
INSERT INTO tally_spans VALUES(220261130,37,0,0,0);
INSERT INTO tally_spans VALUES(220261130,38,0,0,0);
INSERT INTO tally_spans VALUES(220261130,39,0,0,0);
INSERT INTO tally_spans VALUES(220261130,40,0,0,0);
INSERT INTO tally_spans VALUES(220261130,41,0,0,0);
INSERT INTO tally_spans VALUES(220261130,42,1,1,15667);
INSERT INTO tally_spans VALUES(220261130,43,0,0,0);
INSERT INTO tally_spans VALUES(220261130,44,0,0,0);
INSERT INTO tally_spans VALUES(220261130,45,1,0,68420);
INSERT INTO tally_spans VALUES(220261130,46,0,0,0);
INSERT INTO tally_spans VALUES(220261130,47,0,0,0);
INSERT INTO tally_spans VALUES(220261130,48,0,0,0);
INSERT INTO tally_spans VALUES(220261130,49,0,0,0);
INSERT INTO tally_spans VALUES(220261130,50,0,0,0);
INSERT INTO tally_spans VALUES(220261130,51,0,0,0);
INSERT INTO tally_spans VALUES(220261130,52,0,0,0);
INSERT INTO tally_spans VALUES(220261130,53,0,0,0);
INSERT INTO tally_spans VALUES(220261130,54,0,0,0);
INSERT INTO tally_spans VALUES(220261130,55,0,0,0);
INSERT INTO tally_spans VALUES(220261130,56,0,0,0);
INSERT INTO tally_spans VALUES(220261130,57,0,0,0);
INSERT INTO tally_spans VALUES(220261130,58,0,0,0);
INSERT INTO tally_spans VALUES(220261130,59,0,0,0);
INSERT INTO tally_spans VALUES(220261130,60,0,0,0);
INSERT INTO tally_spans VALUES(220261130,61,0,0,0);
INSERT INTO tally_spans VALUES(220261130,62,0,0,0);
INSERT INTO tally_spans VALUES(220261130,63,0,0,0);
INSERT INTO tally_spans VALUES(220261130,64,0,0,0);
INSERT INTO tally_spans VALUES(220261130,65,0,0,0);
INSERT INTO tally_spans VALUES(220261130,66,1,0,0);
INSERT INTO tally_spans VALUES(220261130,67,0,0,0);
INSERT INTO tally_spans VALUES(220261130,68,0,0,0);
INSERT INTO tally_spans VALUES(220261130,69,0,0,0);
INSERT INTO tally_spans VALUES(220261130,70,0,0,0);
INSERT INTO tally_spans VALUES(220261130,71,0,0,0);
INSERT INTO tally_spans VALUES(220261130,72,0,0,0);
INSERT INTO tally_spans VALUES(220261130,73,0,0,0);
INSERT INTO tally_spans VALUES(220261130,74,0,0,0);
INSERT INTO tally_spans VALUES(220261130,75,0,0,0);
INSERT INTO tally_spans VALUES(220261130,76,0,0,0);
INSERT INTO tally_spans VALUES(220261130,77,0,0,0);
INSERT INTO tally_spans VALUES(220261130,78,0,0,0);
INSERT INTO tally_spans VALUES(220261130,79,0,0,0);
INSERT INTO tally_spans VALUES(220261130,80,0,0,0);
INSERT INTO tally_spans VALUES(220261130,81,0,0,0);
INSERT INTO tally_spans VALUES(220261130,82,0,0,0);
INSERT INTO tally_spans VALUES(220261130,83,0,0,0);
INSERT INTO tally_spans VALUES(220261130,84,0,0,0);
INSERT INTO tally_spans VALUES(220261130,85,0,0,0);
INSERT INTO tally_spans VALUES(220261130,86,0,0,0);
INSERT INTO tally_spans VALUES(220261130,87,0,0,0);
INSERT INTO tally_spans VALUES(220261130,88,0,0,0);
INSERT INTO tally_spans VALUES(220261130,89,0,0,0);
INSERT INTO tally_spans VALUES(220261130,90,0,0,0);
INSERT INTO tally_spans VALUES(220261130,91,0,0,0);
INSERT INTO tally_spans VALUES(220261130,92,0,0,0);
INSERT INTO tally_spans VALUES(220261130,93,0,0,0);
INSERT INTO tally_spans VALUES(220261130,94,0,0,0);
INSERT INTO tally_spans VALUES(220261130,95,0,0,0);
INSERT INTO tally_spans VALUES(220261130,96,0,0,0);
INSERT INTO tally_spans VALUES(220261130,97,0,0,0);
INSERT INTO tally_spans VALUES(220261130,98,0,0,0);
CREATE TABLE signature_spans (
  span INTEGER NOT NULL,
  signature TEXT NOT NULL,
  runs INTEGER NOT NULL,
  PRIMARY KEY (span, signature)
) STRICT, WITHOUT ROWID;
INSERT INTO signature_spans VALUES(0,'bad-access/wedgehog_touch_null',0);
INSERT INTO signature_spans VALUES(0,'panic/kernel-panic-wedgehog_lab-panic-asked-for',0);
INSERT INTO signature_spans VALUES(0,'wedge/held-io+ext4_sync_file',0);
INSERT INTO signature_spans VALUES(0,'wedge/livelock+wedgehog_log_flush_wait',0);
INSERT INTO signature_spans VALUES(0,'wedge/wedgehog_log_append',0);
INSERT INTO signature_spans VALUES(0,'wedge/wedgehog_log_flush_wait',2);
INSERT INTO signature_spans VALUES(1202611,'bad-access/wedgehog_touch_null',0);
INSERT INTO signature_spans VALUES(1202611,'panic/kernel-panic-wedgehog_lab-panic-asked-for',0);
INSERT INTO signature_spans VALUES(1202611,'wedge/held-io+ext4_sync_file',0);
INSERT INTO signature_spans VALUES(1202611,'wedge/livelock+wedgehog_log_flush_wait',0);
INSERT INTO signature_spans VALUES(1202611,'wedge/wedgehog_log_append',0);
INSERT INTO signature_spans VALUES(1202611,'wedge/wedgehog_log_flush_wait',2);
INSERT INTO signature_spans VALUES(220261130,'bad-access/wedgehog_touch_null',0);
INSERT INTO signature_spans VALUES(220261130,'panic/kernel-panic-wedgehog_lab-panic-asked-for',0);
INSERT INTO signature_spans VALUES(220261130,'wedge/held-io+ext4_sync_file',0);
INSERT INTO signature_spans VALUES(220261130,'wedge/livelock+wedgehog_log_flush_wait',0);
INSERT INTO signature_spans VALUES(220261130,'wedge/wedgehog_log_append',0);
INSERT INTO signature_spans VALUES(220261130,'wedge/wedgehog_log_flush_wait',2);
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
INSERT INTO tally_kinds VALUES(1,'lab-lost-wakeup','image=linux','linux','6.1.0-57-cloud-amd64','wedged','software-wait');
INSERT INTO tally_kinds VALUES(2,'lab-lost-wakeup','image=linux-generic','linux-generic','6.1.0-57-amd64','wedged','software-wait');
INSERT INTO tally_kinds VALUES(3,'lab-lost-wakeup','image=linux-6.12','linux-6.12','6.12.117+deb12-cloud-amd64','wedged','software-wait');
INSERT INTO tally_kinds VALUES(4,'smoke-linux','image=linux','linux','6.1.0-57-cloud-amd64','passed','');
INSERT INTO tally_kinds VALUES(5,'smoke-linux','image=linux-generic','linux-generic','6.1.0-57-amd64','failed','');
INSERT INTO tally_kinds VALUES(6,'smoke-linux','image=linux-6.12','linux-6.12','6.12.117+deb12-cloud-amd64','passed','');
INSERT INTO tally_kinds VALUES(7,'smoke-linux','image=linux-generic','linux-generic','6.1.0-57-amd64','running','');
INSERT INTO tally_kinds VALUES(8,'smoke-userland','image=linux-generic','linux-generic','6.1.0-57-amd64','running','');
INSERT INTO tally_kinds VALUES(9,'smoke-userland','image=linux-generic','linux-generic','6.1.0-57-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(10,'smoke-userland','image=linux-generic','linux-generic','6.1.0-57-amd64','passed','');
INSERT INTO tally_kinds VALUES(11,'lab-abba','image=linux-generic','linux-generic','6.1.0-57-amd64','running','');
INSERT INTO tally_kinds VALUES(12,'smoke-linux','image=linux-generic','linux-generic','6.1.0-57-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(13,'smoke-linux','image=linux-generic','linux-generic','6.1.0-57-amd64','passed','');
INSERT INTO tally_kinds VALUES(14,'lab-hard-lockup','image=linux-generic','linux-generic','6.1.0-57-amd64','running','');
INSERT INTO tally_kinds VALUES(15,'lab-abba','image=linux-generic','linux-generic','6.1.0-57-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(16,'lab-abba','image=linux-generic','linux-generic','6.1.0-57-amd64','wedged','software-wait');
INSERT INTO tally_kinds VALUES(17,'lab-held-write','image=linux-generic','linux-generic','6.1.0-57-amd64','running','');
INSERT INTO tally_kinds VALUES(18,'lab-hard-lockup','image=linux-generic','linux-generic','6.1.0-57-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(19,'lab-hard-lockup','image=linux-generic','linux-generic','6.1.0-57-amd64','locked-up','hard');
INSERT INTO tally_kinds VALUES(20,'lab-livelock-burn','image=linux-generic','linux-generic','6.1.0-57-amd64','running','');
INSERT INTO tally_kinds VALUES(21,'lab-held-write','image=linux-generic','linux-generic','6.1.0-57-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(22,'lab-held-write','image=linux-generic','linux-generic','6.1.0-57-amd64','wedged','held-io');
INSERT INTO tally_kinds VALUES(23,'lab-lost-wakeup','image=linux-generic','linux-generic','6.1.0-57-amd64','running','');
INSERT INTO tally_kinds VALUES(24,'lab-livelock-burn','image=linux-generic','linux-generic','6.1.0-57-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(25,'lab-livelock-burn','image=linux-generic','linux-generic','6.1.0-57-amd64','wedged','livelock');
INSERT INTO tally_kinds VALUES(26,'lab-oops','image=linux-generic','linux-generic','6.1.0-57-amd64','running','');
INSERT INTO tally_kinds VALUES(27,'lab-lost-wakeup','image=linux-generic','linux-generic','6.1.0-57-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(28,'lab-panic','image=linux-generic','linux-generic','6.1.0-57-amd64','running','');
INSERT INTO tally_kinds VALUES(29,'lab-oops','image=linux-generic','linux-generic','6.1.0-57-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(30,'lab-oops','image=linux-generic','linux-generic','6.1.0-57-amd64','passed','');
INSERT INTO tally_kinds VALUES(31,'lab-probes','image=linux-generic','linux-generic','6.1.0-57-amd64','running','');
INSERT INTO tally_kinds VALUES(32,'lab-panic','image=linux-generic','linux-generic','6.1.0-57-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(33,'lab-panic','image=linux-generic','linux-generic','6.1.0-57-amd64','panicked','');
INSERT INTO tally_kinds VALUES(34,'lab-silent-reset','image=linux-generic','linux-generic','6.1.0-57-amd64','running','');
INSERT INTO tally_kinds VALUES(35,'lab-probes','image=linux-generic','linux-generic','6.1.0-57-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(36,'lab-probes','image=linux-generic','linux-generic','6.1.0-57-amd64','wedged','software-wait');
INSERT INTO tally_kinds VALUES(37,'lab-soft-lockup','image=linux-generic','linux-generic','6.1.0-57-amd64','running','');
INSERT INTO tally_kinds VALUES(38,'lab-silent-reset','image=linux-generic','linux-generic','6.1.0-57-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(39,'lab-silent-reset','image=linux-generic','linux-generic','6.1.0-57-amd64','rebooted','');
INSERT INTO tally_kinds VALUES(40,'example-fsstress','fs=xfs','linux','6.1.0-57-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(41,'example-fsstress','fs=xfs','linux','6.1.0-57-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(42,'example-fsstress','fs=xfs','linux','6.1.0-57-cloud-amd64','workload-failed','');
INSERT INTO tally_kinds VALUES(43,'lab-soft-lockup','image=linux-generic','linux-generic','6.1.0-57-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(44,'lab-soft-lockup','image=linux-generic','linux-generic','6.1.0-57-amd64','host-starved','');
INSERT INTO tally_kinds VALUES(45,'example-fsstress','fs=xfs','linux','6.1.0-57-cloud-amd64','passed','');
INSERT INTO tally_kinds VALUES(46,'example-fsstress','fs=ext4','linux','6.1.0-57-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(47,'example-fsstress','fs=ext4','linux','6.1.0-57-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(48,'example-fsstress','fs=ext4','linux','6.1.0-57-cloud-amd64','passed','');
INSERT INTO tally_kinds VALUES(49,'example-fsx','','linux','6.1.0-57-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(50,'example-fsx','','linux','6.1.0-57-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(51,'example-fsx','','linux','6.1.0-57-cloud-amd64','workload-failed','');
INSERT INTO tally_kinds VALUES(52,'fsxq','','linux','6.1.0-57-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(53,'smoke-linux','image=linux-6.12','linux-6.12','6.12.117+deb12-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(54,'smoke-userland','image=linux-6.12','linux-6.12','6.12.117+deb12-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(55,'fsxq','','linux','6.1.0-57-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(56,'fsxq','','linux','6.1.0-57-cloud-amd64','passed','');
INSERT INTO tally_kinds VALUES(57,'smoke-userland','image=linux-6.12','linux-6.12','6.12.117+deb12-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(58,'smoke-userland','image=linux-6.12','linux-6.12','6.12.117+deb12-cloud-amd64','passed','');
INSERT INTO tally_kinds VALUES(59,'lab-abba','image=linux-6.12','linux-6.12','6.12.117+deb12-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(60,'lab-abba','image=linux-6.12','linux-6.12','6.12.117+deb12-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(61,'lab-abba','image=linux-6.12','linux-6.12','6.12.117+deb12-cloud-amd64','unknown','');
INSERT INTO tally_kinds VALUES(62,'smoke-linux','image=linux-6.12','linux-6.12','6.12.117+deb12-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(63,'smoke-linux','image=linux-6.12','linux-6.12','6.12.117+deb12-cloud-amd64','unknown','');
INSERT INTO tally_kinds VALUES(64,'example-fsx','','linux','6.1.0-57-cloud-amd64','passed','');
INSERT INTO tally_kinds VALUES(65,'example-xfstests','','xfstests','6.1.0-57-amd64','running','');
INSERT INTO tally_kinds VALUES(66,'example-xfstests','','xfstests','6.1.0-57-amd64','interrupted','');
INSERT INTO tally_kinds VALUES(67,'smoke-linux','image=own','own','6.12.117+deb12-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(68,'smoke-linux','image=own','own','6.12.117+deb12-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(69,'smoke-linux','image=own','own','6.12.117+deb12-cloud-amd64','passed','');
INSERT INTO tally_kinds VALUES(70,'example-xfstests','','xfstests','6.1.0-57-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(71,'example-xfstests','','xfstests','6.1.0-57-amd64','passed','');
INSERT INTO tally_kinds VALUES(72,'smoke-userland','','linux-6.12','6.12.117+deb12-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(73,'lab-abba','','linux-6.12','6.12.117+deb12-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(74,'smoke-userland','','linux-6.12','6.12.117+deb12-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(75,'smoke-userland','','linux-6.12','6.12.117+deb12-cloud-amd64','passed','');
INSERT INTO tally_kinds VALUES(76,'lab-hard-lockup','','linux-6.12','6.12.117+deb12-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(77,'lab-abba','','linux-6.12','6.12.117+deb12-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(78,'lab-abba','','linux-6.12','6.12.117+deb12-cloud-amd64','wedged','software-wait');
INSERT INTO tally_kinds VALUES(79,'lab-held-write','','linux-6.12','6.12.117+deb12-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(80,'lab-hard-lockup','','linux-6.12','6.12.117+deb12-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(81,'lab-hard-lockup','','linux-6.12','6.12.117+deb12-cloud-amd64','locked-up','hard');
INSERT INTO tally_kinds VALUES(82,'lab-livelock-burn','','linux-6.12','6.12.117+deb12-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(83,'lab-held-write','','linux-6.12','6.12.117+deb12-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(84,'lab-held-write','','linux-6.12','6.12.117+deb12-cloud-amd64','wedged','held-io');
INSERT INTO tally_kinds VALUES(85,'lab-oops','','linux-6.12','6.12.117+deb12-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(86,'lab-livelock-burn','','linux-6.12','6.12.117+deb12-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(87,'lab-livelock-burn','','linux-6.12','6.12.117+deb12-cloud-amd64','wedged','livelock');
INSERT INTO tally_kinds VALUES(88,'lab-panic','','linux-6.12','6.12.117+deb12-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(89,'lab-oops','','linux-6.12','6.12.117+deb12-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(90,'lab-oops','','linux-6.12','6.12.117+deb12-cloud-amd64','passed','');
INSERT INTO tally_kinds VALUES(91,'lab-silent-reset','','linux-6.12','6.12.117+deb12-cloud-amd64','running','');
INSERT INTO tally_kinds VALUES(92,'lab-panic','','linux-6.12','6.12.117+deb12-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(93,'lab-panic','','linux-6.12','6.12.117+deb12-cloud-amd64','panicked','');
INSERT INTO tally_kinds VALUES(94,'example-fsstress','fs=xfs','xfstests','6.1.0-57-amd64','running','');
INSERT INTO tally_kinds VALUES(95,'lab-silent-reset','','linux-6.12','6.12.117+deb12-cloud-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(96,'lab-silent-reset','','linux-6.12','6.12.117+deb12-cloud-amd64','rebooted','');
INSERT INTO tally_kinds VALUES(97,'example-fsstress','fs=xfs','xfstests','6.1.0-57-amd64','unjudged','');
INSERT INTO tally_kinds VALUES(98,'example-fsstress','fs=xfs','xfstests','6.1.0-57-amd64','passed','');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('runs',41);
INSERT INTO sqlite_sequence VALUES('judgements',40);
CREATE INDEX runs_by_start ON runs(started);
CREATE INDEX runs_by_recipe ON runs(recipe, started);
CREATE INDEX runs_by_recipe_and_word ON runs(recipe, word, started);
CREATE INDEX runs_by_variant ON runs(recipe, variant, started);
CREATE INDEX runs_by_word ON runs(word, started);
CREATE INDEX runs_by_name ON runs(name);
CREATE INDEX runs_by_folder ON runs(folder);
CREATE INDEX runs_by_signature ON runs(signature, started, uid) WHERE signature IS NOT NULL;
CREATE UNIQUE INDEX judgements_once ON judgements(run, opinion);
CREATE INDEX runs_by_image ON runs(image, started);
CREATE INDEX runs_by_kernel ON runs(kernel, started);
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
CREATE VIEW overview AS
SELECT runs.id, runs.uid, runs.name, runs.recipe, runs.variant, runs.seed, runs.started,
       runs.word AS verdict, runs.kind, runs.recovery, runs.signature, runs.expected, runs.met,
       runs.failed, judgements.because, runs.exit_code, judgements.judge, judgements.judged,
       runs.duration_s, runs.boot_s, runs.exposure_s, runs.folder, runs.wreckage, runs.host,
       runs.image, runs.kernel, runs.accelerator
FROM runs LEFT JOIN judgements ON judgements.id = runs.judgement;
COMMIT;
