// One run of every kind that a report has to tell apart.
#pragma once

#include <string>
#include <vector>

#include "store/run.hpp"

namespace wedgehog::report {

inline store::moment at(std::string_view text) {
  return store::parse_moment(text).value();
}

inline store::stored_run begun(store::run_id id, std::string recipe, std::string name) {
  store::stored_run run;
  run.key = {id, std::move(name)};
  run.facts = {.recipe = recipe,
               .recipe_file = "recipes/seeds/" + recipe + ".yaml",
               .seed = 18446744073709551557ULL,
               .image = "debian",
               .kernel = "6.1.0-56-amd64",
               .qemu = "7.2.19",
               .accelerator = "kvm",
               .host = "farm-7",
               .wedgehog = "0.1.0",
               .started = at("2026-11-21T03:41:07.123Z")};
  return run;
}

inline std::vector<store::stored_run> sample_runs() {
  std::vector<store::stored_run> runs;

  auto wedged = begun(5, "lost-wakeup", "lost-wakeup-20261121-0341-7f3a");
  wedged.facts.variant = "fs=xfs scheduler=none";
  wedged.facts.accelerator = "tcg";
  wedged.facts.time_scale = 2.5;
  wedged.facts.command_line = "qemu-system-x86_64 -m 256 -append 'console=ttyS0 quiet'";
  wedged.facts.recipe_text = "steps:\n  - run: mkfs.xfs /dev/vdb && mount\n";
  wedged.reached = store::phase::judged;
  wedged.played = store::outcome{.ended = "stopped by the judge",
                                 .duration_s = 184.5,
                                 .boot_s = 12,
                                 .exposure_s = 160,
                                 .steps = "7 of 9 done; 8 under way: cpdup",
                                 .faults = {{"hold-1", "hold", 1}, {"slow", "latency", 312}}};
  wedged.judged = store::judgement{
      .judged = at("2026-11-21T03:44:12.000Z"),
      .judge = "wedgehog 0.1.0",
      .verdict = "wedged",
      .kind = "software-wait",
      .because = {"canary on /mnt stuck 61 s", "no request outstanding for 58 s",
                  "guest beats arrive"},
      .signature = "xlog_wait_on_iclog+xlog_cil_push",
      .exit_code = 1,
      .expected = "passed",
      .met = false,
      .stuck = {{.pid = 17,
                 .name = "syncer",
                 .wait_channel = "flstik",
                 .frames = {"schedule", "wait_on_bit", "xlog_wait", "xfs_log_force", "xfs_sync",
                            "sync_filesystem", "ksys_sync"}},
                {.pid = 230, .name = "cpdup", .state = "D", .wait_channel = ""}},
      .failed_for_s = 61.5};
  wedged.wreckage = "wreckage/lost-wakeup-20261121-0341-7f3a";
  runs.push_back(wedged);

  auto passed = begun(4, "smoke", "smoke-20261121-0330-0b11");
  passed.reached = store::phase::judged;
  passed.played = store::outcome{.ended = "all steps done", .duration_s = 31.25, .exposure_s = 20};
  passed.judged = store::judgement{.judge = "wedgehog 0.1.0",
                                   .verdict = "passed",
                                   .because = {"all steps done"},
                                   .exit_code = 0,
                                   .expected = "passed",
                                   .met = true};
  runs.push_back(passed);

  auto invalid = begun(3, "slow-disk", "slow-disk-20261121-0320-9c0e");
  invalid.facts.variant = "latency=80ms";
  invalid.reached = store::phase::judged;
  invalid.played = store::outcome{.ended = "all steps done",
                                  .duration_s = 62,
                                  .exposure_s = 50,
                                  .faults = {{"slow", "latency", 0}}};
  invalid.judged = store::judgement{.judge = "wedgehog 0.1.0",
                                    .verdict = "invalid",
                                    .because = {"the fault slow never fired"},
                                    .exit_code = 2,
                                    .expected = "slow"};
  runs.push_back(invalid);

  auto interrupted = begun(2, "hammer2-newfs", "hammer2-newfs-20261120-2200-00a1");
  interrupted.interrupted = at("2026-11-21T03:00:00.000Z");
  runs.push_back(interrupted);

  runs.push_back(begun(1, "hammer2-newfs", "hammer2-newfs-20261120-2100-4d2f"));

  // With folders of their own: one that passed though its recipe expects a wedge, one that passed
  // as expected, of another host, and one whose performer died.
  auto unexpected = begun(8, "lost-wakeup", "lost-wakeup-20261122-0100-11aa");
  unexpected.reached = store::phase::judged;
  unexpected.sealed = true;
  unexpected.facts.uid = "0123456789abcdef0123456789abcdef";
  unexpected.played = passed.played;
  unexpected.judged = passed.judged;
  unexpected.judged->expected = "wedged/software-wait";
  unexpected.judged->met = false;
  unexpected.folder = "runs/lost-wakeup-20261122-0100-11aa";
  runs.push_back(unexpected);

  auto elsewhere = unexpected;
  elsewhere.key = {7, "smoke-20261122-0050-22bb"};
  elsewhere.facts.uid = "fedcba9876543210fedcba9876543210";
  elsewhere.judged = passed.judged;
  elsewhere.folder = "/farm/results/runs/smoke-20261122-0050-22bb";
  elsewhere.removed = at("2026-12-24T06:00:00.000Z");
  runs.push_back(elsewhere);

  auto dead = begun(6, "panic", "panic-20261122-0040-33cc");
  dead.folder = "runs/panic-20261122-0040-33cc";
  dead.interrupted = at("2026-11-21T03:45:00.000Z");
  runs.push_back(dead);
  return runs;
}

}  // namespace wedgehog::report
