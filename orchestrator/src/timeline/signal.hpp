// A signal is one timestamped observation. Collectors and faults write them, detectors only read
// them, so that a stored run can be judged again years later. Every kind is a plain struct; kinds
// and members may be added, never renamed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/described.hpp"
#include "base/units.hpp"

namespace wedgehog::timeline {

// Seconds are doubles here: they come from foreign counters and go to JSON. Shares are 0..1. Deltas
// count since the previous signal of the same kind and source.

// Signs of life from one source inside the guest. Sources in use: "agent-fifo" (mlocked,
// SCHED_FIFO), "agent-ordinary" (mlocked, SCHED_OTHER), "kernel-irq" (hrtimer), "workqueue".
struct beat {
  std::string source;
  std::uint64_t count = 0;  // beats since the previous signal of this source; 0 = asked, none came
  std::optional<double> guest_clock_s;  // guest's monotonic clock at the last beat
  std::optional<double> age_s;  // since the last beat, when the source is sampled and not pushed
  bool operator==(beat const&) const = default;
};

// fork + exec of a binary on the file system under test, then create, write, fsync, unlink there.
struct canary {
  std::string mount;
  std::uint64_t completed = 0;      // since the previous signal
  std::optional<double> pending_s;  // how long the one under way has been running
  double exec_ms = 0;               // of the last one that ended
  double io_ms = 0;
  std::string failure;  // of the last one, when it failed
  bool operator==(canary const&) const = default;
};

// The workload's own counter, as reported by somebody who does not block with it.
struct workload {
  std::string name;
  std::uint64_t done = 0;         // operations completed since the workload began
  std::uint64_t reports = 1;      // reports received since the previous signal; 0 = none came
  std::uint64_t errors = 0;       // errors it reported since it began
  std::string state = "running";  // running, stopped (SIGSTOP), ended
  std::optional<int> exit_code;   // when ended; 128 + n for signal n
  // When ended: the signal that ended it, 0 when it exited by itself. Absent in older recordings,
  // where an exit code over 128 may be either.
  std::optional<int> killed_by{};
  // What its end has to say beyond that: "killed at its deadline", "it was killed and does not go:
  // D xlog_cil_push_now <- xfs_log_force" (then it still runs).
  std::string last_words{};
  bool operator==(workload const&) const = default;
};

// A line that a workload or a step's script wrote. What nobody has room for is left out in the
// middle of a stream, never at its end, and the next line says how much it was.
struct output {
  std::string of;             // "workload" or "step"
  std::string source;         // the workload's name, or the step's path: "2.1"
  std::string stream;         // "stdout" or "stderr"
  std::string text;           // one line, without its line end, at most 8 KiB
  bool cut = false;           // at that bound, or the stream ended or was lost within the line
  std::uint64_t omitted = 0;  // bytes of this stream left out between the line before and this one
  bool operator==(output const&) const = default;
};

// A task of a workload that waits in the kernel.
struct waiting_task {
  std::int64_t pid = 0;
  std::string name;
  std::string state;           // S, D, T …
  std::uint64_t switches = 0;  // voluntary + involuntary
  std::string wait_channel;
  std::vector<std::string> frames;  // innermost first, function names only
  bool operator==(waiting_task const&) const = default;
};

// All tasks of a workload together, and what the guest's kernel does to their control group, as an
// observer in the guest reads it. Counters are cumulative.
struct workload_tasks {
  std::string name;                             // of the workload
  std::map<std::string, std::uint64_t> states;  // how many tasks are R, S, D, T …
  double run_s = 0;            // processor time of all tasks that ever lived and were waited for
  std::uint64_t switches = 0;  // context switches of those alive
  std::vector<std::int64_t> pids;     // of the first 64
  std::vector<waiting_task> waiting;  // of the first 8 that do not run
  std::string group;                  // control group; of several the one that is held back most
  bool frozen = false;                // that group is
  std::optional<double> cpu_limit;    // processors that it may use
  double throttled_s = 0;             // for that it had to wait so long
  // cpu_some, io_some, io_full, memory_some, memory_full of that group; none of the root's.
  std::map<std::string, double> pressure_s;
  std::map<std::string, std::uint64_t> memory_events;  // low, high, max, oom, oom_kill
  bool operator==(workload_tasks const&) const = default;
};

struct console_line {
  std::string text;      // one line, without its line end, at most 8 KiB
  bool partial = false;  // cut at that bound, or no line end yet
  bool operator==(console_line const&) const = default;
};

// Lines of one class (panic, oops, hung-task, soft-lockup, rcu-stall, oom, io-error, boot …) that a
// recorder classified when it could not keep the lines themselves.
struct console_class {
  std::string word;
  std::uint64_t count = 0;
  bool operator==(console_class const&) const = default;
};

struct qmp_event {
  std::string name;  // SHUTDOWN, RESET, STOP, GUEST_PANICKED, BLOCK_IO_ERROR …
  std::string data;  // its data object as JSON text
  bool operator==(qmp_event const&) const = default;
};

// QEMU as seen from the host.
struct machine_state {
  bool alive = true;
  std::optional<int> exit_code;  // once dead; negative = killed by that signal
  std::string run_state;  // query-status (running, paused, io-error, postmigrate …); empty = no
                          // answer in time
  std::optional<double> answer_ms;  // latency of that answer
  std::string process_state;        // R S D T Z of /proc/PID/stat
  std::string host_fault{};         // once dead, where the host, and not the guest, lost it
  bool operator==(machine_state const&) const = default;
};

// A disk as the host sees it: deltas of completed requests, and what is in flight now.
struct disk {
  std::string name;
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t flushes = 0;
  std::uint64_t failed = 0;
  std::uint64_t in_flight = 0;  // requests that QEMU took from the virtqueue and has not returned
  std::optional<double> oldest_s;  // age of the oldest in flight, where it is known exactly
  std::optional<double> idle_s;    // since the last completion
  std::uint64_t held = 0;          // of those in flight: held on purpose by a fault
  std::string held_by;             // name of the fault
  bool operator==(disk const&) const = default;
};

struct vcpu {
  int index = 0;
  double host_share = 0;  // host CPU time of its thread / wall time since the previous signal
  std::optional<bool> halted;
  std::optional<bool> interrupts_on;
  std::optional<int> ring;  // current privilege level: 0 kernel, 3 user
  std::string where;        // symbol or address of the instruction pointer
  // As host_share: the time in which its thread could run and the host let it wait for a CPU.
  std::optional<double> waited_share{};
  // Iterations a second of the string instruction in which two looks in a row found it.
  std::optional<double> string_rate{};
  bool operator==(vcpu const&) const = default;
};

struct blocked_task {
  std::int64_t pid = 0;
  std::string name;
  std::uint64_t switches = 0;  // voluntary + involuntary
  std::string state = "D";
  std::string wait_channel;
  std::vector<std::string> frames;  // innermost first, function names only
  bool kernel_thread = false;
  bool operator==(blocked_task const&) const = default;
};

struct guest_disk {
  std::uint64_t reads = 0;  // cumulative
  std::uint64_t writes = 0;
  std::uint64_t flushes = 0;
  std::uint64_t in_flight = 0;  // as the guest sees it
  bool operator==(guest_disk const&) const = default;
};

// What an observer inside the guest read from its kernel. Counters are cumulative since boot.
struct guest {
  double uptime_s = 0;
  std::optional<double> load;
  std::uint64_t runnable = 0;
  std::uint64_t tasks = 0;
  // Per CPU, in seconds: user, system, idle, iowait, irq + softirq.
  std::vector<std::vector<double>> cpu_s;
  std::uint64_t context_switches = 0;
  std::uint64_t forks = 0;
  std::uint64_t blocked_count = 0;
  std::uint64_t interrupts = 0;
  std::map<std::string, std::uint64_t> memory_kb;  // free, available, dirty, writeback, anonymous …
  std::map<std::string, std::uint64_t>
      vm;  // pgmajfault, refault, scan, steal, oom_kill, allocstall …
  std::map<std::string, double>
      pressure_s;  // PSI totals: io_some, io_full, memory_some, memory_full, cpu_some
  std::map<std::string, guest_disk> disks;
  std::vector<blocked_task> blocked;
  std::uint64_t taint = 0;
  bool blocked_cut_short =
      false;  // not every task was looked at: who is missing may still be blocked
  // Devices made of others: "dm-0": "lin suspended", "loop0": "on /mnt/image"; and what targets say
  // of themselves: "dm-1 thin-pool": "0 10/1024 512/512 - out_of_data_space …".
  std::map<std::string, std::string> devices{};
  bool operator==(guest const&) const = default;
};

// The host itself: its load, and what it did to this guest.
struct host {
  double load = 0;                     // 1-minute load average
  std::optional<double> cpu_pressure;  // PSI cpu some avg10, 0..1
  std::optional<double> loop_lag_ms;   // how late our own timers fire
  bool operator==(host const&) const = default;
};

// The host holds the guest (paused on purpose, snapshot, memory dump): such time does not count
// against a budget.
struct hold {
  bool begins = true;
  std::string why;
  std::optional<double> share{};  // of the guest's processor time; absent: all of it
  bool operator==(hold const&) const = default;
};

struct fault {
  std::string name;        // as named in the recipe
  std::string kind;        // latency, hold, balloon …
  std::string action;      // injected, changed, healed, hit, held-again, stays
  std::string detail;      // what exactly was done, in words
  std::uint64_t hits = 0;  // what it hit so far
  bool operator==(fault const&) const = default;
};

struct step {
  std::string path;   // "2", "3.1": position in the plan
  std::string what;   // "run mkfs", "wait 30s"
  std::string phase;  // began, ended, failed
  std::string detail;
  bool operator==(step const&) const = default;
};

// Milestones of the run: machine-started, guest-ready, workload-began, steps-done, recovery-began …
struct milestone {
  std::string name;
  std::string detail;
  bool operator==(milestone const&) const = default;
};

// Something that should have been recorded was not (a full mailbox, a dead line): silence that is
// not evidence.
struct gap {
  std::string source;
  std::uint64_t lost = 0;
  bool operator==(gap const&) const = default;
};

// An active question to a guest whose state is confirmed: evidence for a person, never for a
// verdict.
struct probe {
  std::string name;                // echo, sysrq-w, sysrq-l, sysrq-t, io, nmi
  std::optional<double> answer_s;  // none: no answer within limit_s, or it could not be asked
  double limit_s = 0;
  std::string detail;  // what answered, or why it could not be asked
  bool operator==(probe const&) const = default;
};

BOOST_DESCRIBE_STRUCT(beat, (), (source, count, guest_clock_s, age_s))
BOOST_DESCRIBE_STRUCT(canary, (), (mount, completed, pending_s, exec_ms, io_ms, failure))
BOOST_DESCRIBE_STRUCT(workload, (),
                      (name, done, reports, errors, state, exit_code, killed_by, last_words))
BOOST_DESCRIBE_STRUCT(output, (), (of, source, stream, text, cut, omitted))
BOOST_DESCRIBE_STRUCT(waiting_task, (), (pid, name, state, switches, wait_channel, frames))
BOOST_DESCRIBE_STRUCT(workload_tasks, (),
                      (name, states, run_s, switches, pids, waiting, group, frozen, cpu_limit,
                       throttled_s, pressure_s, memory_events))
BOOST_DESCRIBE_STRUCT(console_line, (), (text, partial))
BOOST_DESCRIBE_STRUCT(console_class, (), (word, count))
BOOST_DESCRIBE_STRUCT(qmp_event, (), (name, data))
BOOST_DESCRIBE_STRUCT(machine_state, (),
                      (alive, exit_code, run_state, answer_ms, process_state, host_fault))
BOOST_DESCRIBE_STRUCT(disk, (),
                      (name, reads, writes, flushes, failed, in_flight, oldest_s, idle_s, held,
                       held_by))
BOOST_DESCRIBE_STRUCT(vcpu, (),
                      (index, host_share, halted, interrupts_on, ring, where, waited_share,
                       string_rate))
BOOST_DESCRIBE_STRUCT(blocked_task, (),
                      (pid, name, switches, state, wait_channel, frames, kernel_thread))
BOOST_DESCRIBE_STRUCT(guest_disk, (), (reads, writes, flushes, in_flight))
BOOST_DESCRIBE_STRUCT(guest, (),
                      (uptime_s, load, runnable, tasks, cpu_s, context_switches, forks,
                       blocked_count, interrupts, memory_kb, vm, pressure_s, disks, blocked, taint,
                       blocked_cut_short, devices))
BOOST_DESCRIBE_STRUCT(host, (), (load, cpu_pressure, loop_lag_ms))
BOOST_DESCRIBE_STRUCT(hold, (), (begins, why, share))
BOOST_DESCRIBE_STRUCT(fault, (), (name, kind, action, detail, hits))
BOOST_DESCRIBE_STRUCT(step, (), (path, what, phase, detail))
BOOST_DESCRIBE_STRUCT(milestone, (), (name, detail))
BOOST_DESCRIBE_STRUCT(gap, (), (source, lost))
BOOST_DESCRIBE_STRUCT(probe, (), (name, answer_s, limit_s, detail))

using payload = std::variant<beat, canary, workload, console_line, console_class, qmp_event,
                             machine_state, disk, vcpu, guest, host, hold, fault, step, milestone,
                             gap, probe, output, workload_tasks>;

struct signal {
  microseconds at{};  // since the run began, host monotonic clock
  payload what;
  bool operator==(signal const&) const = default;
};

// "beat", "console_line" …: the name of the payload's kind in the text form.
[[nodiscard]] std::string_view kind_of(payload const& what);

// One JSON object on one line: {"t":12.345678,"signal":"beat","source":"agent-fifo","count":1}.
[[nodiscard]] std::string to_text(signal const& one);
// Blame: host. An unknown kind is an error that a reader may skip and count.
result<signal> from_text(std::string_view line);

}  // namespace wedgehog::timeline
