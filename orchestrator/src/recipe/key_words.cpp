// The keys at the top of a recipe (place::key: one row, `recipe`, whose parameters they are) and
// the sections below them.
#include "recipe/catalogue.hpp"

namespace wedgehog::recipe {

std::vector<word> const& key_words() {
  using enum value_kind;
  static std::vector<word> const rows{
      {.where = place::key,
       .name = "recipe",
       .doc = "A recipe says what to boot, what to do to it, and how that must end.",
       .parameters =
           {
               {"name", name, "What the recipe is called in reports.", true},
               {"about", text, "What it proves, for the person who reads a failure."},
               {"image", name,
                "What the machine boots from: a folder of images/, or a name that `wedgehog image` "
                "gave to a kernel or disk of your own."},
               {"images", names,
                "Several images: each is a plan of its own, with the image's name as the variant "
                "`image`, in `${{ image }}` and in `when`. `run --image` names others."},
               {"packages", packages,
                "Debian packages whose programs the steps need. The Linux image is built with "
                "them, and all of it is memory of the guest; on a disk of its own they must be "
                "installed already."},
               {"seed", count,
                "Where chance begins. Each variant derives its own seed from it. Left out: drawn "
                "by `wedgehog run`, which prints it.",
                false, "", "0", "18446744073709551615"},
               {"variants", matrix,
                "Names with lists of values. Every combination is a plan of its own; `${{ name }}` "
                "stands for the value in any text. At most 256 combinations."},
               {"for_each", matrix,
                "One name with a list of values that are done one by one: a variant whose list may "
                "be as long as 10,000 runs in all."},
               {"include", files,
                "Fragments of recipes: files with keys of a recipe, whose names count from the "
                "folder of the file that includes them. Lists are joined; else what the recipe "
                "itself says counts. In a list (of steps, faults, console rules, values), "
                "`- include: FILE` puts in the items of a file that is a list."},
               {.name = "machine",
                .kind = section,
                .doc = "The guest's hardware and kernel settings.",
                .of = "machine"},
               {.name = "disks",
                .kind = by_name,
                .doc = "Disks under test, by name. Each appears in the guest as "
                       "/dev/wedgehog/<name>.",
                .of = "disk"},
               {"files", settings,
                "Your own programs and data: the path in the guest, then the file or folder of "
                "this host (from the recipe's folder, unless it begins with /). Modes are kept, "
                "the owner is root. They are in place before the first step, and again after "
                "each `power_cut` and `reboot`."},
               {.name = "budgets",
                .kind = section,
                .doc = "How long what may take.",
                .of = "budgets"},
               {.name = "expect",
                .kind = alternatives,
                .doc = "The verdict the run must end with. A list is asked in order; the first "
                       "whose `when` fits the variant counts.",
                .preset = "passed",
                .of = "expectation"},
               {.name = "steps",
                .kind = steps,
                .doc = "What is done, in this order. The run ends after the last step.",
                .required = true},
               {.name = "after_boot",
                .kind = steps,
                .doc = "What is done before the next step each time that the guest has booted: "
                       "before the first of `steps`, and again after each `power_cut` and "
                       "`reboot`. Nothing in it ends a life, injects or heals."},
               {.name = "faults",
                .kind = sections,
                .doc = "Faults by a schedule, beside the steps.",
                .of = "scheduled fault"},
               {.name = "recovery",
                .kind = section,
                .doc = "After the breaking, the faults end and the guest must recover. Left out: "
                       "the run ends with the last step.",
                .of = "recovery"},
               {.name = "on_failure",
                .kind = section,
                .doc = "What to do when the run does not end as expected.",
                .of = "on_failure"},
               {.name = "console",
                .kind = sections,
                .doc = "What console lines mean. Asked in order before the tables of the guest OS; "
                       "the first that matches decides.",
                .of = "console rule"},
           },
       .exactly_one = {"image", "images"},
       .example = R"(name: smoke
image: linux
steps:
  - run: uname -a
)"}};
  return rows;
}

std::vector<word> const& section_words() {
  using enum value_kind;
  static std::vector<choice> const policies{
      {"report", "the guest gets the error"},
      {"stop",
       "QEMU keeps the request and stops the machine, until somebody continues it and the request "
       "is tried again"}};
  static std::vector<word> const rows{
      {.where = place::section,
       .name = "machine",
       .doc = "The guest's hardware and kernel settings.",
       .parameters =
           {
               {"vcpus", count, "Virtual processors.", false, "2", "1", "64"},
               {"memory", size, "Memory of the guest.", false, "512MiB", "64MiB", "1TiB"},
               {.name = "accelerator",
                .kind = one_of,
                .doc = "What runs the guest's instructions.",
                .preset = "any",
                .choices = {{"any", "KVM where it works, else emulation"},
                            {"kvm", "KVM, or the run is invalid"},
                            {"tcg", "emulation, also where KVM works"}}},
               {"kernel_arguments", lines, "Appended to the kernel's command line."},
               {"sysctls", settings, "Set before the first step."},
               {"modules", names, "Kernel modules loaded before the first step, in this order."},
               {.name = "start",
                .kind = one_of,
                .doc = "How the machine begins. The first run of an image and a machine that "
                       "begins as a clone boots one, which is frozen when its agent speaks; that "
                       "run and all later ones begin as copies of it, with disks of their own, "
                       "and share its memory as long as they do not write to it. A clone has no "
                       "memory balloon.",
                .preset = "boot",
                .choices = {{"boot", "it boots"},
                            {"clone", "as a copy of one that was booted and frozen"}}},
           },
       .example = R"(machine:
  vcpus: 4
  memory: 1GiB
  kernel_arguments: [loglevel=7]
  sysctls: {kernel.hung_task_timeout_secs: 30}
  modules: [wedgehog_lab]
)"},
      {.where = place::section,
       .name = "disk",
       .doc = "A disk under test, served by the host: every fault works on it, for every guest.",
       .parameters =
           {
               {"size", size, "Size of the disk.", true, "", "1MiB", "16TiB"},
               {"base", line, "Image file that it starts as; never written to."},
               {.name = "cache",
                .kind = one_of,
                .doc = "What a `power_cut` leaves of what was written.",
                .preset = "durable",
                .choices = {{"durable", "everything that was answered"},
                            {"volatile", "what was flushed, and what the cut says of the rest"}}},
               {"cache_size", size,
                "Of a volatile cache: beyond it the oldest writes go to the medium.", false,
                "64MiB", "4KiB", "1TiB"},
               {"reconnect", duration,
                "How long QEMU waits for the disk when its connection drops, before requests "
                "fail; whole seconds. 0s: they fail at once, and the disk stays dead.",
                false, "0s", "", "1h"},
               {.name = "on_read_error",
                .kind = one_of,
                .doc = "What QEMU does when a read fails. Left out: `stop` for a disk whose reads "
                       "the recipe may hold and nothing makes fail, so that it can be paused "
                       "meanwhile; else `report`.",
                .choices = policies},
               {.name = "on_write_error",
                .kind = one_of,
                .doc = "The same for all other requests.",
                .choices = policies},
               {.name = "on_full_host",
                .kind = one_of,
                .doc = "What becomes of a write when the host has no room for it.",
                .preset = "invalid",
                .choices = {{"invalid",
                             "it waits, and the run ends as `invalid`: it is the host's"},
                            {"enospc", "the guest gets an error: the recipe is about that"}}},
           },
       .shorthand = "size",
       .example = R"(disks:
  data: 1GiB
  log: {size: 64MiB, on_write_error: stop}
  journal: {size: 64MiB, cache: volatile}
)"},
      {.where = place::section,
       .name = "budgets",
       .doc = "How long what may take. Budgets stretch on slow hosts (--time-scale); time during "
              "which the host holds the guest does not count.",
       .parameters =
           {
               {"boot", duration, "From power-on to the agent's first words.", false, "3m", "1s",
                "1d"},
               {"no_progress", duration,
                "The longest innocent time without progress: beyond it, the run is wedged unless "
                "storage or the host explains it.",
                false, "60s", "1s", "1d"},
               {"run", duration, "All steps together.", false, "10m", "1s", "60d"},
               {"collect", duration, "All wreckage together.", false, "2m", "1s", "1d"},
           },
       .example = R"(budgets: {no_progress: 60s, run: 30m}
)"},
      {.where = place::section,
       .name = "expectation",
       .doc = "The verdict the run must end with.",
       .parameters =
           {
               {"verdict", verdict, "A verdict word."},
               {"failed", step_place,
                "The verdict must be `failed`, and this step must have failed, or one inside of "
                "it: its label or path."},
               {"kind", verdict_kind, "Which kind of it; left out: any."},
               {"by", duration, "No later than this after the first step.", false, "", "1s", "60d"},
               {.name = "recovery",
                .kind = one_of,
                .doc = "What the `recovery` must have found.",
                .choices = {{"recovered", "progress `within` the time"},
                            {"recovered-late", "progress, but later"},
                            {"never-recovered", "none for `at_most`"}}},
               {"answers", names,
                "Probes of `on_failure` that the guest must have answered. Unlike the verdict, "
                "which no answer changes, the expectation is then met or not."},
               {"when", settings, "Only for the variants that have these values."},
           },
       .shorthand = "verdict",
       .exactly_one = {"verdict", "failed"},
       .example = R"(expect:
  - {verdict: wedged, kind: software-wait, by: 5m, when: {settle: 0s}}
  - passed
)"},
      {.where = place::section,
       .name = "step",
       .doc = "What may stand beside the word of a step.",
       .parameters = {{"label", name,
                       "How schedules and expectations call the step; a letter comes first. "
                       "Without one it is "
                       "called by its path: `3`, in a loop `3.1`, in a group `4.b.2`, in "
                       "`after_boot` `after_boot.1`."}},
       .example = R"(steps:
  - label: made
    run: mkfs.ext4 -q /dev/wedgehog/data
)"},
      {.where = place::section,
       .name = "scheduled fault",
       .doc = "A fault, or several that are injected and healed together, by a schedule beside "
              "the steps. It counts from the beginning of the first step, or from one of "
              "`after_step`, `progress` and `console`; chance comes from the plan's seed.",
       .parameters =
           {
               {"at", duration, "So long after the first step began.", false, "", "", "60d"},
               {"after", duration, "So long after what it counts from.", false, "", "", "60d"},
               {"after_step", step_place, "Counts from the end of this step, the first time."},
               {"workload", workload, "With `progress`: of which workload."},
               {"progress", count, "Counts from when the workload has done so much since it began.",
                false, "", "1", "1000000000000"},
               {"console", pattern, "Counts from the first console line that matches."},
               {"every", duration, "Again and again, from begin to begin.", false, "", "10ms",
                "60d"},
               {"within", duration, "At random moments of so long a time.", false, "", "1ms",
                "60d"},
               {"times", count,
                "With `every` and `within`: so often. Left out: `every` until the run ends, "
                "`within` once.",
                false, "", "1", "10000"},
               {"jitter", duration, "Each time up to so much later, drawn evenly.", false, "0s", "",
                "60d"},
               {"for", duration, "Healed after so long.", false, "", "1ms", "60d"},
               {"until_step", step_place,
                "Healed before this step begins, the first time. Without `for` and `until_step` "
                "it stays until a `heal` or the end."},
               {.name = "inject",
                .kind = alternatives,
                .doc = "Which fault, as in the step `inject`; a list: together, healed in the "
                       "opposite order.",
                .required = true,
                .of = "inject"},
           },
       .example = R"(faults:
  - {at: 30s, for: 20s, inject: {fault: latency, disk: data, delay: 250ms}}
  - {within: 5m, times: 4, for: 2s, inject: {fault: hold, as: stall, disk: data, may_miss: true}}
  - {every: 1m, jitter: 10s, for: 20s, inject: [{fault: rate, disk: data, requests_per_second: 50},
                                                {fault: hog, memory: 64MiB}]}
)"},
      {.where = place::section,
       .name = "recovery",
       .doc = "First the faults end, then the guest is judged: all faults are healed, and it "
              "must make progress again (each running workload; without one, the canary or a "
              "step). Late makes the run `slow`; never is `wedged`, with what else was seen. The "
              "ledgers of the disks are kept as they were before.",
       .parameters =
           {
               {"within", duration, "Recovering later than this is late.", false, "60s", "100ms",
                "60d"},
               {"at_most", duration, "Not recovering for so long is never.", false, "5m", "1s",
                "60d"},
               {.name = "when",
                .kind = one_of,
                .doc = "When it begins.",
                .preset = "end",
                .choices = {{"end", "after the last step, and at a wedge that is beyond doubt"},
                            {"suspect",
                             "also as soon as a wedge is suspected; the steps go on, "
                             "and the run ends with the recovery"}}},
               {"keep", names, "Faults that stay: they are part of the machine, like a slow disk."},
               {"check", script,
                "Run by /bin/sh in a guest that has recovered, for at most as long as `at_most`: "
                "is what it kept still whole? The run has failed when its exit code is not 0."},
           },
       .example = R"(recovery: {within: 30s, at_most: 3m, when: suspect}
)"},
      {.where = place::section,
       .name = "on_failure",
       .doc = "What to do when the run does not end as expected.",
       .parameters = {{"collect", names,
                       "Only these collections, in this order; left out: all that the guest OS "
                       "offers."},
                      {.name = "probes",
                       .kind = names,
                       .doc = "Asked of the guest once its state is confirmed and everything else "
                              "is kept, in this order; each has 5 s to answer. Evidence, never a "
                              "verdict. Left out: echo, sysrq-w, io; [] asks nothing.",
                       .choices = {{"echo", "does the agent answer?"},
                                   {"sysrq-w", "break and w on the serial console: blocked tasks"},
                                   {"sysrq-t", "likewise t: all tasks"},
                                   {"sysrq-l", "likewise l: where every CPU is"},
                                   {"io", "one direct read of a disk on which nothing is held"},
                                   {"nmi",
                                    "a non-maskable interrupt; the Linux image panics on "
                                    "it and says where it was"},
                                   {"debugger",
                                    "a break, else an NMI, and what `debugger` asks: the last of "
                                    "all, because the system stands still meanwhile; 60 s for "
                                    "all answers"}}},
                      {.name = "debugger",
                       .kind = section,
                       .doc = "What the probe `debugger` asks of the kernel's own debugger.",
                       .of = "debugger"}},
       .example = R"(on_failure: {collect: [dmesg, ps], probes: [echo, sysrq-w, nmi]}
)"},
      {.where = place::section,
       .name = "debugger",
       .doc =
           "Commands for the kernel's own debugger on the console (ddb); each page is turned, and "
           "the answers are kept in `guest/debugger.txt`.",
       .parameters = {{"ask", lines,
                       "Typed at its prompt, one after the other; left out: what the guest's "
                       "profile says."},
                      {.name = "then",
                       .kind = one_of,
                       .doc = "What becomes of the system.",
                       .preset = "stay",
                       .choices = {{"stay", "it stays where it is, at the prompt"},
                                   {"go-on", "it is let go"}}}},
       .example = R"(on_failure:
  probes: [echo, debugger]
  debugger: {ask: [ps, show registers], then: go-on}
)"},
      {.where = place::section,
       .name = "console rule",
       .doc = "What a console line means.",
       .parameters =
           {
               {"name", name, "What the finding is called.", true},
               {"pattern", pattern, "Occurs in the line.", true},
               {.name = "severity",
                .kind = one_of,
                .doc = "What it means.",
                .required = true,
                .choices = {{"fatal", "the run has failed"},
                            {"warning", "kept as a finding; decides nothing"},
                            {"harmless", "not even when a table of the guest OS says otherwise"}}},
           },
       .example = R"(console:
  - {name: emergency-failed, pattern: emergency page allocation failed, severity: fatal}
  - {name: emergency, pattern: emergency page allocation, severity: harmless}
)"},
  };
  return rows;
}

}  // namespace wedgehog::recipe
