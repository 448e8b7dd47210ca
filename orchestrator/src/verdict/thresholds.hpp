// Every number that a verdict rests on, with its reason. All are measured on recordings of real
// guests (Linux 6.1 in QEMU, TCG) and hold for shares and ratios, not for absolute speeds: hosts
// differ, budgets are the recipe's.
#pragma once

#include <chrono>
#include <optional>

#include "base/units.hpp"

namespace wedgehog::verdict {

// What the recipe grants. `no_progress` is for the speed at which the recipe was written;
// `time_scale` stretches it and every other span below (TCG without KVM: 3 or more).
// When a guest counts as recovered after all faults were healed; both stretched already.
struct recovery_terms {
  microseconds within{};   // later is late
  microseconds at_most{};  // not by then is never
};

struct budgets {
  microseconds no_progress = std::chrono::seconds(60);
  double time_scale = 1;
  bool reset_expected = false;  // a reset or power-off is part of the plan
  std::optional<recovery_terms> recovery{};
};

namespace thresholds {

// A source that spoke once a second and is silent for this long is silent. The longest stall of a
// healthy workload was 7 s (RAID5 at 50 IOPS), the longest of a beat 3 s.
constexpr double quiet_s = 10;
// A condition has lasted when it held for this share of the budget: waiting for the whole budget
// again, after a task blocked or a request was taken, would find a wedge late.
constexpr double settled_share = 0.75;
// Storage is what a guest waits for when QEMU holds a request in this share of the samples. Slow
// guests: 0.94-1.0; a wedge beside a writer that saturates another file: 0.25-0.75, which is why
// the canary is asked as well.
constexpr double busy_share = 0.6;
// Storage is out of the question below this share: a wedged guest still writes its journal now and
// then.
constexpr double idle_share = 0.2;
// Completions per second that are no sign of life: journal timers of a wedged guest made 0.1 to
// 0.3.
constexpr double stray_rate = 0.5;
// A disk "gaps" when it held requests and completed nothing for this share of the budget: 0.3 s is
// the longest gap of storage at 10 IOPS, a held request made 31 s. Where exact ages are known they
// replace this rule.
constexpr double gap_share = 0.25;
constexpr double gapping_samples = 0.4;
// Progress below this share of the best rate is called slow, if storage or the host is what it
// waits for.
constexpr double slow_rate = 0.1;
// Some task waits for memory for this share of the time, or so large a share of the requests brings
// back a page that was reclaimed: memory is what the guest is short of. A reader of 64 MiB in 40
// made 800 requests a second, 0.98 of them such, while tasks waited 0.00 to 0.10 of the time; with
// memory enough there are none.
constexpr double memory_share = 0.5;
constexpr double refault_share = 0.5;
// Pages a second: so many are reclaimed as long as memory is dealt out at all (there: 340-1200).
constexpr double reclaim_rate = 10;
// A canary that completed so often on the same file system while the workload completed nothing
// shows that the storage works, however busy it is.
constexpr double canary_control = 5;
// Slow is believed for this many budgets; then it needs a person.
constexpr double slow_patience = 15;
// vCPUs: a run of samples with interrupts off and not halted. Longest without a lock: 6 samples;
// with one: 28-76.
constexpr int masked_samples = 12;
constexpr double masked_s = 10;
// Of one CPU: more than this is burning, an idle guest needs 0.02.
constexpr double burning = 0.25;
// A vCPU that is not halted and gets less host time than this is unserved; a host that leaves this
// share of the samples unserved starves the guest. Wedged guests: halted in 0.97 of the samples;
// starved ones: in 0.4 or less, with 0.03 of a CPU; a spinning vCPU on a busy host still gets 0.15.
constexpr double starved_share = 0.06;
constexpr double starved_awake = 0.3;
// A vCPU that wants to run, and waits for the host longer than it runs and for this share of the
// time: a guest's watchdogs count the host's time too. One that spins alone on a calm host waits
// 0.00 to 0.05; where four guests burn on two cores, 0.6 to 0.75.
constexpr double denied_share = 0.4;
// Iterations a second of a string instruction, and the share of the samples that find it below
// them: at full speed QEMU's TCG makes some ten millions; where it crawls, 10 to 2,500.
constexpr double crawl_rate = 100'000;
constexpr double crawl_share = 0.3;
// A guest whose own clock counts its CPUs as idle for this share of the host's time misses nothing:
// wedged and paused guests 0.75-0.98, one that is starved by a quota 0.31, one that burns 0.
constexpr double resting_guest = 0.6;
// A vCPU that gets this is served, and speaks for the host: one that rests beside it is awake
// whenever somebody looks, on a busy host, because it waits its turn to go back to sleep.
constexpr double served_share = 0.12;
// vCPUs that nobody could look at for this long, while other signs came: on a host with 441 guests
// on two processors it took up to 170 s to read what they got. Meanwhile no budget runs; but a
// wedge that stops the looks as well shall be found.
constexpr double unseen_s = 10;
constexpr double blind_patience_s = 300;
// Kernel threads that pass work back and forth: 4279 context switches a second against 30 in a
// wedge that sleeps. Every completion explains some, so both must be exceeded.
constexpr double chatter_rate = 1000;
constexpr double chatter_per_completion = 20;
// CPU seconds of the kernel for each completion: with work that completes requests, burning is no
// livelock (healthy: 0.005 s; a burning livelock: 5 s).
constexpr double burned_per_completion_s = 0.05;
// A soft lockup or RCU stall repeats its line every 25 to 28 s; one line counts for this long.
constexpr double stall_line_s = 40;
// Without any signal for longer than this the recorder slept, not the guest: the rest does not
// count.
constexpr double recorder_gap_s = 5;
// A process that is stopped (state T) for this many samples in a row, without any sign of life for
// this long.
constexpr int stopped_samples = 3;
constexpr double stopped_s = 3.5;
// Tasks that vanish with a workload: its threads, against the coming and going of kernel workers.
constexpr double vanished_tasks = 1.5;

// After the end of a workload, what ended it has so long to show itself: a panic, a reset. Real
// time of a kernel that dies, so it is not stretched.
constexpr double end_grace_s = 5;
// A beat that was under way when the kernel halted arrives within this.
constexpr double halt_echo_s = 3;
// By the kernel's own pressure figures some task waits for a resource for this share of the time:
// it is no wait of user space. Wedges that sleep: 0.02 or less.
constexpr double waiting_share = 0.5;
// Requests per second that only somebody who works makes; journal timers of a wedged guest made
// 0.3, a silent reader 2000.
constexpr double working_rate = 10;
// Of one CPU: a process tree that uses less does not run, it is woken now and then.
constexpr double stray_run = 0.01;
// New processes per second: user space goes round in circles, and what the kernel burns is theirs.
// A livelock inside the kernel makes none.
constexpr double retry_rate = 1;

}  // namespace thresholds
}  // namespace wedgehog::verdict
