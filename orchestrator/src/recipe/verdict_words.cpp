// The words of docs/verdicts.md, as far as a recipe may expect them.
#include "recipe/catalogue.hpp"

namespace wedgehog::recipe {
namespace {

word verdict(std::string_view name, std::string_view doc) {
  return {.where = place::verdict, .name = name, .doc = doc};
}

word kind(std::string_view of, std::string_view name, std::string_view doc) {
  return {.where = place::kind, .name = name, .doc = doc, .of = of};
}

}  // namespace

std::vector<word> const& verdict_words() {
  static std::vector<word> const rows{
      verdict("passed", "Everything went as the recipe says."),
      verdict("slow",
              "Little or no progress, but storage or the processor is what it waits for, "
              "and completions keep coming."),
      verdict("failed", "An expectation or a step failed."),
      verdict("unknown", "The signals do not say."),
      verdict("wedged", "No progress beyond the budget, and neither storage nor host explains it."),
      verdict("locked-up", "A processor runs with interrupts off for good, or never schedules."),
      verdict("panicked", "The kernel gave up."),
      verdict("rebooted", "The machine was reset without being asked."),
      verdict("exited", "The guest powered off, or QEMU died."),
      verdict("userland-starved", "The kernel lives, but no user process gets to run."),
      verdict("userland-dead", "The kernel lives, but no user process is left."),
      verdict("workload-failed", "The workload reported errors; the guest is well."),
      verdict("workload-died", "The workload vanished; the guest is well."),
      verdict("workload-stopped", "The workload is stopped by a signal; the guest is well."),
      verdict("frozen",
              "An administrator froze the file system, or the kernel stands in its debugger."),
      verdict("file-system-failed",
              "A file system was given up or found its data wrong, and no fault explains it."),
      verdict("host-stopped", "The host stopped QEMU."),
      verdict("paused", "The host paused the machine."),
      verdict("host-starved", "The host gave the machine no processor time."),
      verdict("invalid", "The host spoiled the run, or a fault it promised never fired."),
  };
  return rows;
}

std::vector<word> const& kind_words() {
  static std::vector<word> const rows{
      kind("wedged", "held-io", "The host side has not answered a request."),
      kind("wedged", "lost-completion", "It has answered, and the guest has not noticed."),
      kind("wedged", "software-wait",
           "No request outstanding, tasks blocked: a deadlock or a missed wakeup, unproved."),
      kind("wedged", "livelock", "The kernel is busy and gets nowhere."),
      kind("wedged", "after-oops", "A task died in the kernel, and others wait for what it held."),
      kind("wedged", "user-wait", "User processes wait for each other."),
      kind("wedged", "user-spin", "User processes spin."),
      kind("locked-up", "hard", "All processors run with interrupts off."),
      kind("locked-up", "hard-one-cpu", "One processor runs with interrupts off."),
      kind("locked-up", "soft", "A processor takes interrupts but never schedules."),
  };
  return rows;
}

}  // namespace wedgehog::recipe
