// What FreeBSD, NetBSD and OpenBSD print when they are unwell; DragonFly shares "panic:" and "Fatal
// trap" with them.
#include "console/rules.hpp"

namespace wedgehog::console {

namespace {
using enum severity;
using enum guilt;

constexpr rule table[] = {
    // FreeBSD and DragonFly.
    {"Fatal trap 12: page fault {text}", fatal, "bad-access", "Fatal trap 12: page fault in {func}",
     "MEMORY_SAFETY_BUG", stack},
    {"Fatal trap 9: general protection fault {text}", fatal, "bad-access",
     "Fatal trap 9: general protection fault in {func}", "DoS", stack},
    {"Fatal trap 18: {text}", fatal, "divide", "Fatal trap 18: divide error in {func}", "DoS",
     stack},
    {"Fatal trap 3: breakpoint", info, "ddb", "breakpoint", "", none, true},
    {"Fatal trap {num}: {text}", fatal, "bad-access", "Fatal trap {num}: {text} in {func}", "DoS",
     stack},
    {"Fatal double fault", fatal, "stack", "Fatal double fault in {func}", "DoS", stack},
    {"Fatal data abort:", fatal, "bad-access", "Fatal data abort in {func}", "MEMORY_SAFETY_BUG",
     stack},
    {"fatal kernel trap:", fatal, "bad-access", "fatal kernel trap in {func}", "DoS", stack},
    // The trap's panic, which follows the lines above; pasted texts often begin with it.
    {"<panic: page fault", fatal, "bad-access", "Fatal trap 12: page fault in {func}",
     "MEMORY_SAFETY_BUG", stack, true},
    {"<panic: general protection fault", fatal, "bad-access",
     "Fatal trap 9: general protection fault in {func}", "DoS", stack, true},
    {"<panic: integer divide fault", fatal, "divide", "Fatal trap 18: divide error in {func}",
     "DoS", stack, true},
    {"<panic: double fault", fatal, "stack", "Fatal double fault in {func}", "DoS", stack, true},
    {"<panic: vm_fault failed: ", fatal, "bad-access", "Fatal data abort in {func}",
     "MEMORY_SAFETY_BUG", stack, true},
    {"<panic: Fatal page fault at ", fatal, "bad-access", "Fatal trap 12: page fault in {func}",
     "MEMORY_SAFETY_BUG", stack, true},
    {"<panic: ASan: Invalid access, {num}-byte {class} at", fatal, "kasan",
     "panic: ASan: Invalid access, NUM-byte {class} in {func}", "DoS", stack},
    {"<panic: MSan: ", fatal, "kmsan", "panic: MSan: uninitialized value in {func}", "DoS", stack},
    {"<panic: ASan: Unauthorized Access", fatal, "kasan", "ASan: Unauthorized Access in {func}",
     "DoS", stack},
    {"<panic: MSan: Uninitialized ", fatal, "kmsan", "MSan: Uninitialized in {func}", "DoS", stack},
    {"UBSan: Undefined Behavior in {word}", warning, "ubsan", "UBSan: Undefined behavior", ""},
    {"<panic: lock error: ", fatal, "lockdep", "lock error in {func}", "DoS", stack},
    {"witness: lock order reversal", warning, "lockdep", "witness: reversal: {first} {second}", "",
     none},
    {"lock order reversal:", warning, "lockdep", "lock order reversal: {first} {second}", "", none},
    {"lock order reversal ", warning, "lockdep", "lock order reversal: {first} {second}", "", none},
    {"witness: thread {*} exiting with the following locks held", warning, "lockdep",
     "witness: thread exiting with locks held", "", none},
    {"witness: {text}", warning, "lockdep", "witness: {text}", "", none},
    {"<panic: sx lock still held", fatal, "lockdep", "panic: sx lock still held in {func}", "DoS",
     stack},
    {"sleeping thread (tid {*}) owns a non-sleepable lock", fatal, "lockdep",
     "panic: sleeping thread holds a lock", "DoS", none, true},
    {"spin lock {*} held by {*} too long", fatal, "stall", "panic: spin lock held too long", "DoS",
     none, true},

    {"<panic: VERIFY{expression} failed", fatal, "assert", "VERIFY{expression} failed in {func}",
     "BUG", stack},
    {"<panic: ASSERT{expression} failed", fatal, "assert", "ASSERT{expression} failed in {func}",
     "BUG", stack},
    {"<panic: Assertion {expression} failed at {place}", fatal, "assert",
     "assertion failed: {expression} in {func}", "BUG", stack},
    {"<panic: solaris assert: {expression}, file: ", fatal, "assert",
     "assertion failed: {expression} in {func}", "BUG", stack},
    {"<panic: deadlres_td_{word} possible deadlock detected for ", fatal, "hung-task",
     "panic: deadlkres: possible deadlock detected", "HANG", none},
    // kgdb where the panic's own line is not at hand, and FreeBSD's core.txt.
    {" in panic (fmt={hex} \"{words}\"", fatal, "panic", "panic: {words} in {func}", "DoS", stack,
     true},
    {" in vpanic (fmt={hex} \"{words}\"", fatal, "panic", "panic: {words} in {func}", "DoS", stack,
     true},
    {"Panic String: {text}", fatal, "panic", "panic: {text}", "DoS", words, true},

    // Requests that nobody answered.
    {"controller due to a timeout", info, "io-timeout", "NVMe: timeout, reset controller", "HANG"},
    {"Missing interrupt", info, "io-timeout", "NVMe: missing interrupt", "HANG"},
    {"CAM status: Command timeout", info, "io-timeout", "CAM: command timeout", "HANG"},
    {"ahcich{num}: Timeout on slot", info, "io-timeout", "AHCI: timeout", "HANG"},

    // NetBSD.
    {"<panic: kernel diagnostic assertion \"{words}\" failed: file \"{word}", fatal, "assert",
     "assert failed: {words}", "", none},
    {"<panic: kernel {*}assertion \"{words}\" failed", fatal, "assert", "assert failed: {words}",
     "", none},
    {"fatal page fault in supervisor mode", fatal, "bad-access", "page fault in {func}",
     "MEMORY_SAFETY_BUG", stack},
    {"fatal protection fault in supervisor mode", fatal, "bad-access", "protection fault in {func}",
     "", stack},
    {"prevented execution of 0x", fatal, "bad-access", "prevented execution in {func}", "", stack},
    {"prevented access to 0x", fatal, "bad-access", "prevented access in {func}", "", stack},
    {"fatal integer divide fault in supervisor mode", fatal, "divide", "divide fault in {func}", "",
     stack},
    {"fatal breakpoint trap in supervisor mode", info, "ddb", "breakpoint", "", none, true},
    {"fatal {words} in supervisor mode", fatal, "bad-access", "{words} in {func}", "", stack, true},
    {"uvm_fault({*}) -> ", fatal, "bad-access", "uvm_fault in {func}", "MEMORY_SAFETY_BUG", stack},
    {"<panic: trap", fatal, "bad-access", "panic: trap in {func}", "DoS", stack, true},

    // OpenBSD.
    {"page fault trap, code=", fatal, "bad-access", "uvm_fault in {func}", "MEMORY_SAFETY_BUG",
     stack, true},
    {"protection fault trap, code=", fatal, "bad-access", "protection_fault in {func}", "", stack},
    {"integer divide fault trap, code=", fatal, "divide", "divide fault in {func}", "", stack,
     true},
    {" fault trap, code=", fatal, "bad-access", "fault in {func}", "", stack, true},
    {"<panic: attempt to execute user address", fatal, "bad-access",
     "panic: attempt to execute user address", "DoS", none},
    {"<panic: attempt to access user address", fatal, "bad-access",
     "panic: attempt to access user address in {func}", "DoS", stack},
    {"Caught invalid memory access", fatal, "kasan", "KASAN: invalid memory access in {func}",
     "KASAN-UNKNOWN", stack},
    {"KASAN: invalid {class} of {num} bytes at", fatal, "kasan",
     "KASAN: invalid memory access in {func}", "KASAN-UNKNOWN", stack, true},
    {"<panic: pool_do_get: {class} free list modified", fatal, "mm",
     "pool: free list modified: {class}", "", none},
    {"<panic: pool_do_put: {class}: double pool_put", fatal, "mm", "pool: double put: {class}", "",
     none},
    {"<panic: pool_p_free: {class} free list modified", fatal, "mm",
     "pool: free list modified: {class}", "", none},

    {"<panic: {text}", fatal, "panic", "panic: {text}", "DoS", words, true, false, true},
    {"cleared by ddb", harmless, "", "", ""},
};
}  // namespace

std::span<rule const> bsd_rules() {
  return table;
}

}  // namespace wedgehog::console
