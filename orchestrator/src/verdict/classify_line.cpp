#include "verdict/classify_line.hpp"

#include <utility>

namespace wedgehog::verdict {
namespace {

// In order: the first that occurs names the line.
// Linux 6.1: kernel/panic.c, arch/x86/kernel/dumpstack.c, kernel/hung_task.c, kernel/watchdog.c,
// kernel/rcu/tree_stall.h, mm/oom_kill.c, block/blk-core.c.
constexpr std::pair<std::string_view, std::string_view> patterns[] = {
    {"Linux version ", "boot"},
    {"Kernel panic - not syncing", "panic"},
    {"---[ end Kernel panic", "panic"},
    {"blocked for more than", "hung-task"},
    {"Watchdog detected hard LOCKUP", "hard-lockup"},
    {"BUG: soft lockup", "soft-lockup"},
    {"detected stalls on CPUs/tasks", "rcu-stall"},
    {"self-detected stall on CPU", "rcu-stall"},
    {"detected expedited stalls", "rcu-stall"},
    {"Oops: ", "oops"},
    {"BUG: kernel NULL pointer dereference", "oops"},
    {"BUG: unable to handle", "oops"},
    {"kernel BUG at ", "oops"},
    {"general protection fault, ", "oops"},
    {"invoked oom-killer", "oom"},
    {"Out of memory: Killed process", "oom"},
    {"I/O error, dev ", "io-error"},
    {"Buffer I/O error on dev", "io-error"},
    {" segfault at ", "segfault"},
    {"WARNING: CPU: ", "warning"},
};

}  // namespace

std::string_view classify_line(std::string_view line) {
  for (auto const& [part, word] : patterns)
    if (line.find(part) != std::string_view::npos) return word;
  return {};
}

}  // namespace wedgehog::verdict
