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
               {"image", name, "What the machine boots from: a folder of images/.", true},
               {"seed", count,
                "Where chance begins. Each variant derives its own seed from it. Left out: drawn "
                "by `wedgehog run`, which prints it.",
                false, "", "0", "18446744073709551615"},
               {"variants", matrix,
                "Names with lists of values. Every combination is a plan of its own; `${{ name }}` "
                "stands for the value in any text."},
               {.name = "machine",
                .kind = section,
                .doc = "The guest's hardware and kernel settings.",
                .of = "machine"},
               {.name = "disks",
                .kind = by_name,
                .doc = "Disks under test, by name. Each appears in the guest as "
                       "/dev/wedgehog/<name>.",
                .of = "disk"},
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
               {.name = "faults",
                .kind = sections,
                .doc = "Faults by the clock, beside the steps.",
                .of = "scheduled fault"},
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
      {"stop", "the machine is paused until somebody continues it"}};
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
                .doc = "What QEMU does when a read fails.",
                .preset = "report",
                .choices = policies},
               {.name = "on_write_error",
                .kind = one_of,
                .doc = "What QEMU does when a write fails.",
                .preset = "report",
                .choices = policies},
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
               {"verdict", verdict, "A verdict word.", true},
               {"kind", verdict_kind, "Which kind of it; left out: any."},
               {"by", duration, "No later than this after the first step.", false, "", "1s", "60d"},
               {"when", settings, "Only for the variants that have these values."},
           },
       .shorthand = "verdict",
       .example = R"(expect:
  - {verdict: wedged, kind: software-wait, by: 5m, when: {settle: 0s}}
  - passed
)"},
      {.where = place::section,
       .name = "scheduled fault",
       .doc = "A fault by the clock: injected `after` the first step began.",
       .parameters =
           {
               {"after", duration, "How long after the first step began.", true, "", "", "60d"},
               {"for", duration, "Healed after so long; left out: it stays.", false, "", "1ms",
                "60d"},
               {.name = "inject",
                .kind = section,
                .doc = "Which fault, as in the step `inject`.",
                .required = true,
                .of = "inject"},
           },
       .example = R"(faults:
  - {after: 30s, for: 20s, inject: {fault: latency, disk: data, delay: 250ms}}
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
                                    "it and says where it was"}}}},
       .example = R"(on_failure: {collect: [dmesg, ps], probes: [echo, sysrq-w, nmi]}
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
