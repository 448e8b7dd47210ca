// The steps of a recipe.
#include "recipe/catalogue.hpp"

namespace wedgehog::recipe {

std::vector<word> const& step_words() {
  using enum value_kind;
  static std::vector<word> const rows{
      {.where = place::step,
       .name = "run",
       .doc = "Runs a shell script in the guest and waits for it. The run has failed when the exit "
              "code is another than expected.",
       .parameters =
           {
               {"script", script, "Run by /bin/sh.", true},
               {"deadline", duration, "The step fails when it takes longer.", false, "", "1ms",
                "60d"},
               {"expect_exit", exit_code,
                "How it must end: an exit code from 0 to 255, `any` exit code, a signal like "
                "SIGKILL (also one that only the shell saw, which exits with 128 and its number), "
                "or `not` one of these: `not 0` is anything but success. A script that is cut off "
                "by its deadline has failed in any case.",
                false, "0"},
               {"capture", name, "Keeps its output under this name, for `expect`."},
           },
       .shorthand = "script",
       .example = R"(- run: mkfs.ext4 -q /dev/wedgehog/data
- run: {script: fsck.ext4 -fn /dev/wedgehog/data, expect_exit: 0, deadline: 60s}
)"},
      {.where = place::step,
       .name = "workload",
       .doc = "Starts a shell script in the guest and goes on. Its progress is what the verdict "
              "rests on.",
       .parameters =
           {
               {"name", name, "What other steps call it.", true},
               {"script", script, "Run by /bin/sh.", true},
               {.name = "progress",
                .kind = one_of,
                .doc = "Where its progress is read.",
                .preset = "output",
                .choices = {{"output", "each line it prints is one unit of progress"},
                            {"counter",
                             "its counter in $WEDGEHOG_COUNTER, which `/wedgehog/agent "
                             "tick` advances"}}},
               {.name = "expect",
                .kind = one_of,
                .doc = "Whether it may end.",
                .preset = "forever",
                .choices = {{"forever", "it runs until the run ends; an end is a death"},
                            {"ends", "it ends by itself, with exit code 0"}}},
               {"may_end", flag,
                "Whether it may end whenever and however it does: then its end is a failure of "
                "nobody.",
                false, "false"},
               {"deadline", duration, "By when one that `ends` must have ended.", false, "", "1s",
                "60d"},
           },
       .example = R"(- workload:
    name: churn
    progress: counter
    script: |
      while cp -r /usr/share /mnt/copy && rm -r /mnt/copy; do /wedgehog/agent tick; done
)"},
      {.where = place::step,
       .name = "wait",
       .doc = "Waits for a time, for the end or the progress of a workload, or for a console line. "
              "The step fails when the deadline passes first.",
       .parameters =
           {
               {"for", duration, "So long; `0s` is no wait at all.", false, "", "", "60d"},
               {"workload", workload,
                "Until it has ended; with `progress`: until it has come so much further."},
               {"progress", count, "With `workload`: units of progress from now on.", false, "",
                "1", "1000000000000"},
               {"console", pattern, "Until a line from now on matches."},
               {"deadline", duration, "The longest wait.", false, "", "1ms", "60d"},
           },
       .shorthand = "for",
       .exactly_one = {"for", "workload", "console"},
       .example = R"(- wait: 30s
- wait: {workload: churn, progress: 100, deadline: 60s}
- wait: {console: 'EXT4-fs .*: mounted', deadline: 30s}
)"},
      {.where = place::step,
       .name = "loop",
       .doc = "Does its steps again and again. A round that has begun is finished.",
       .parameters =
           {
               {"times", count, "So many rounds.", false, "", "1", "1000000"},
               {"for", duration, "No round begins later than this.", false, "", "1ms", "60d"},
               {"until", workload, "No round begins after this workload has ended."},
               {"steps", steps, "What is done in a round.", true},
           },
       .exactly_one = {"times", "for", "until"},
       .example = R"(- loop:
    times: 3
    steps:
      - run: mkfs.${{ fs }} -q /dev/wedgehog/data
      - wait: ${{ settle }}
)"},
      {.where = place::step,
       .name = "parallel",
       .doc = "Does several lists of steps at once; goes on when all have ended.",
       .parameters = {{"groups", groups, "Lists of steps.", true}},
       .shorthand = "groups",
       .example = R"(- parallel:
    - - run: sync
    - - wait: 1s
      - run: echo 3 > /proc/sys/vm/drop_caches
)"},
      {.where = place::step,
       .name = "canary",
       .doc = "Starts a small, independent write-and-read on the file system under test. While it "
              "moves and a workload does not, the storage is not what the workload waits for.",
       .parameters =
           {
               {"mount", guest_path, "Where the file system is mounted.", true},
               {"every", duration, "How often.", false, "1s", "100ms", "1h"},
           },
       .shorthand = "mount",
       .example = R"(- canary: /mnt
)"},
      {.where = place::step,
       .name = "expect",
       .doc = "Fails the run when this does not hold at this moment.",
       .parameters =
           {
               {"output", line, "Text that occurs in the output of the last `run`, or of `of`."},
               {"of", capture, "With `output`: of which captured output."},
               {"file", guest_path, "Exists in the guest."},
               {"alive", workload,
                "Still runs: it was started in this life, and has neither ended nor died."},
               {"console", pattern, "Some line since the machine was started matches."},
               {"no_console", pattern, "No line since the machine was started matches."},
           },
       .exactly_one = {"output", "file", "alive", "console", "no_console"},
       .example = R"(- expect: {output: clean, of: check}
- expect: {no_console: 'EXT4-fs error'}
)"},
      {.where = place::step,
       .name = "collect",
       .doc = "Takes these collections now, whatever the verdict will be.",
       .parameters = {{"names", names, "Which, in this order.", true}},
       .shorthand = "names",
       .example = R"(- collect: [dmesg, ps]
)"},
      {.where = place::step,
       .name = "fetch",
       .doc = "Brings files and folders of the guest into the run's folder, below `fetched/`, also "
              "of a run that passes: at most 10,000 of them and 256 MiB, links left out.",
       .parameters = {{"paths", lines, "Which: absolute paths in the guest.", true},
                      {"deadline", duration, "How long that may take.", false, "5m", "1s", "1h"}},
       .shorthand = "paths",
       .example = R"(- fetch: [/tmp/results, /var/log/fsx.log]
)"},
      {.where = place::step,
       .name = "inject",
       .doc = "Injects a fault and goes on. A run whose fault never fired is invalid, unless it "
              "`may_miss`.",
       .parameters =
           {
               {"fault", fault, "A word of the fault list; its own parameters stand beside it.",
                true},
               {"as", name, "What `heal` calls it; left out: the fault's word."},
               {"may_miss", flag,
                "Whether the run counts although the fault hit nothing; it is reported all the "
                "same.",
                false, "false"},
           },
       .example = R"(- inject: {fault: latency, as: slow, disk: data, delay: 250ms}
)"},
      {.where = place::step,
       .name = "heal",
       .doc = "Ends a fault.",
       .parameters = {{"name", injected, "The `as` of an `inject`.", true}},
       .shorthand = "name",
       .example = R"(- heal: slow
)"},
      {.where = place::step,
       .name = "power_off",
       .doc = "Asks the guest to power itself off, and waits until it has. The run then ends in "
              "`exited`.",
       .parameters = {{"deadline", duration, "The longest wait.", false, "60s", "1s", "1d"}},
       .shorthand = "deadline",
       .example = R"(- power_off
)"},
      {.where = place::step,
       .name = "reset",
       .doc = "Presses the reset button, and expects nobody to come back: the run ends in "
              "`rebooted`. For a reset that is part of the test, see `reboot`.",
       .example = R"(- reset
)"},
      {.where = place::step,
       .name = "power_cut",
       .doc = "Cuts the machine's power at this instant and gives it back: the same machine boots "
              "on what its disks kept, and the next steps run there. Of a disk with `cache: "
              "volatile` the writes that were not flushed may be lost. Workloads, canaries and "
              "faults of the guest are gone; faults of disks stay.",
       .parameters =
           {
               {.name = "survive",
                .kind = one_of,
                .doc = "Which of the unflushed writes survive.",
                .preset = "subset",
                .choices = {{"none", "only what was flushed"},
                            {"all", "everything that was answered"},
                            {"prefix", "the first so many, in the order of their answers"},
                            {"subset", "any of them, each or not"}}},
               {.name = "torn",
                .kind = one_of,
                .doc = "Whether a write may survive in part, cut between two sectors.",
                .preset = "no",
                .choices = {{"no", "each whole or not at all"},
                            {"yes", "the first that a `prefix` loses; of a `subset`, any"}}},
               {"deadline", duration, "To be ready again; left out: the budget `boot`.", false, "",
                "1s", "1d"},
           },
       .shorthand = "survive",
       .example = R"(- power_cut: {survive: prefix, torn: yes}
- run: mount /dev/wedgehog/data /mnt && test -e /mnt/was-synced
)"},
      {.where = place::step,
       .name = "reboot",
       .doc = "Resets the machine and waits until the guest is ready again; the next steps run "
              "there. What disks keep in their caches stays.",
       .parameters =
           {
               {.name = "by",
                .kind = one_of,
                .doc = "Who begins it.",
                .preset = "button",
                .choices = {{"button", "the reset button: the guest does not know"},
                            {"guest", "the guest is asked to"}}},
               {"deadline", duration, "To be ready again; left out: the budget `boot`.", false, "",
                "1s", "1d"},
           },
       .shorthand = "by",
       .example = R"(- reboot: {by: guest, deadline: 2m}
)"},
      {.where = place::step,
       .name = "kill_qemu",
       .doc = "Kills QEMU from outside: the machine is gone from one moment to the next.",
       .example = R"(- kill_qemu
)"},
      {.where = place::step,
       .name = "pause",
       .doc = "The host stops the guest's processors. Budgets stand still meanwhile.",
       .parameters = {{"for", duration, "So long, then it goes on; left out: until `resume`.",
                       false, "", "1ms", "1d"}},
       .shorthand = "for",
       .example = R"(- pause: 10s
)"},
      {.where = place::step, .name = "resume", .doc = "Ends a `pause`.", .example = R"(- resume
)"},
  };
  return rows;
}

}  // namespace wedgehog::recipe
