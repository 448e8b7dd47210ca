// What DragonFly prints when it is unwell. A panic prints a short trace and drops into ddb, whose
// prompt has no line feed.
#include "console/rules.hpp"

namespace wedgehog::console {

namespace {
using enum severity;
using enum guilt;

constexpr rule table[] = {
    // Twins: the buffer cache dug into the reserve (works as meant), and found nothing there
    // either.
    {"bio_page_alloc: WARNING emergency page allocation failed", fatal, "memory-deadlock",
     "bio_page_alloc: emergency page allocation failed", ""},
    {"bio_page_alloc: WARNING emergency page allocation", harmless, "memory-low",
     "bio_page_alloc: emergency page allocation", ""},

    {"<panic: assertion \"{expression}\" failed in {func} at ", fatal, "assert",
     "assertion failed: {expression} in {func}", "BUG", line},
    {"<panic: assertion: {expression} in {func}", fatal, "assert",
     "assertion failed: {expression} in {func}", "BUG", line},
    {"SECONDARY PANIC ON CPU", fatal, "panic", "secondary panic", "DoS", none, true},
    {"panic with {num} spinlocks held", info, "panic", "panic with spinlocks held", "", none, true},
    {"<panic: vm_fault: fault on stack guard", fatal, "stack",
     "panic: fault on stack guard page in {func}", "DoS", stack},
    {"was killed: out of swap space", info, "oom", "killed: out of swap space", ""},
    {"system low on memory+swap", info, "memory-low", "low on memory and swap", ""},
    {"indefinite wait buffer: ", warning, "hung-task", "indefinite wait buffer", "HANG"},
    {"swap_pager: indefinite wait", warning, "hung-task", "swap_pager: indefinite wait", "HANG"},
    {"send_ipiq {*} tgt not draining", warning, "stall", "send_ipiq: target not draining", "HANG",
     none, true},
    {"[diagnostic] cache_lock: {*} blocked on", info, "slow-lock", "cache_lock blocked", ""},
    {"[diagnostic] cache_lock_shared: {*} blocked on", info, "slow-lock", "cache_lock blocked", ""},
    {"lockmgr: LK_{*} deadlock", warning, "hung-task", "lockmgr deadlock", "HANG"},
    {"HAMMER2: {*} CRC FAILED", warning, "fs-error", "HAMMER2: CRC failed", ""},
    {"chain {*} (hammer2) CHECK FAIL", warning, "fs-error", "HAMMER2: check failed", ""},
    {"HAMMER: Critical error", warning, "fs-error", "HAMMER: critical error", ""},
    {"^Stopped at ", info, "ddb", "stopped in ddb", "", none, true},
    {"NMI ... going to debugger", info, "ddb", "entered ddb", "", none, true},
    {"Debugger(\"", info, "ddb", "entered ddb", "", none, true},
};
}  // namespace

std::span<rule const> dragonfly_rules() {
  return table;
}

}  // namespace wedgehog::console
