// What illumos prints when it is unwell. "panic[cpu0]/thread=…: words", then registers, then stack
// lines "address module:function+offset (arguments)".
#include "console/rules.hpp"

namespace wedgehog::console {

namespace {
using enum severity;
using enum guilt;

constexpr rule table[] = {
    {"assertion failed: {expression}, file: {*}, line: {num}", fatal, "assert",
     "assertion failed: {expression} in {func}", "BUG", stack, true},
    {"recursive mutex_enter", fatal, "lock-error", "recursive mutex_enter in {func}", "DoS", stack,
     true},
    {"recursive rw_enter", fatal, "lock-error", "recursive rw_enter in {func}", "DoS", stack, true},
    {"mutex_enter: bad mutex", fatal, "lock-error", "mutex_enter: bad mutex in {func}", "DoS",
     stack, true},
    {"mutex_exit: not owner", fatal, "lock-error", "mutex_exit: not owner in {func}", "DoS", stack,
     true},
    {"Deadlock: cycle in blocking chain", fatal, "lock-error",
     "deadlock: cycle in blocking chain in {func}", "DoS", stack, true},
    {"kernel heap corruption detected", fatal, "heap", "kernel heap corruption in {func}", "DoS",
     stack, true},
    {"BAD TRAP: type={word} (#df Double fault)", fatal, "stack", "BAD TRAP: double fault in {func}",
     "DoS", stack, true},
    {"BAD TRAP: type={word} (#de Divide error)", fatal, "divide",
     "BAD TRAP: divide error in {func}", "DoS", stack, true},
    {"BAD TRAP: {*} due to a NULL pointer dereference", fatal, "bad-access",
     "BAD TRAP: NULL pointer dereference in {func}", "NULL-POINTER-DEREFERENCE", stack, true},
    {"BAD TRAP: type={word} (#pf Page fault)", fatal, "bad-access",
     "BAD TRAP: page fault in {func}", "MEMORY_SAFETY_BUG", stack, true},
    {"BAD TRAP: type={word} (#gp General protection)", fatal, "bad-access",
     "BAD TRAP: general protection in {func}", "DoS", stack, true},
    {"BAD TRAP: ", fatal, "bad-access", "BAD TRAP in {func}", "DoS", stack, true},
    {"deadman: timed out after {num} seconds of clock inactivity", fatal, "stall",
     "deadman: clock inactivity", "HANG", none, true},
    {"I/O to pool '{*}' appears to be hung", fatal, "hung-io", "I/O to a pool appears to be hung",
     "HANG", none, true},
    {"pageout_deadman: stuck pushing", fatal, "memory-deadlock",
     "pageout_deadman: stuck pushing the same page", "HANG", none, true},
    {"vfs_mountroot: cannot mount root", fatal, "panic", "vfs_mountroot: cannot mount root", "DoS",
     none, true},
    {"<panic message: {text}", fatal, "panic", "panic: {text}", "DoS", words, true},
    {"^panic message:", fatal, "panic", "panic in {func}", "DoS", stack, false, true},
    {"SCSI transport failed: reason 'timeout'", info, "io-timeout", "SCSI: transport timeout",
     "HANG"},
    {"panic[cpu{num}]/thread={hex}: {text}", fatal, "panic", "panic: {text}", "DoS", words},
    {"panic[cpu{num}]/thread=", fatal, "panic", "panic in {func}", "DoS", stack, false, true},
    {"panic[cpu{num}]: assertion failed: {expression}, file: ", fatal, "assert",
     "assertion failed: {expression} in {func}", "BUG", stack},
    {"panic[cpu{num}]: assertion failed: {text}", fatal, "assert",
     "assertion failed: {text} in {func}", "BUG", stack},
    {"panic[cpu{num}]: {text}", fatal, "panic", "panic: {text}", "DoS", words},
    {"NOTICE: NMI received", info, "nmi", "NMI received", ""},
    {"panic dump timeout", info, "dump", "panic dump timeout", "", none, true},
    {"WARNING: Pool '{*}' has encountered an uncorrectable I/O failure", warning, "hung-io",
     "a pool is suspended", "HANG"},
    {"microfind: could not calibrate delay loop", info, "clock", "no delay loop calibration", ""},
};
}  // namespace

std::span<rule const> illumos_rules() {
  return table;
}

}  // namespace wedgehog::console
