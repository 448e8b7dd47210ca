// What one run will do, decided in advance: the recipe with its variant chosen, its words resolved
// and its seed drawn. A plan is saved with the run and never changes; whatever is done to the guest
// can be done again from it.
//
// The defaults of these structs are part of the saved form (a member that holds its default is not
// written): never change one. What a recipe may leave out gets its value in recipe/, not here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/described.hpp"
#include "base/error.hpp"
#include "base/units.hpp"

namespace wedgehog::plan {

// A guest kernel on software emulation is ~20 times slower: budgets scale with what is used.
enum class accelerator { any, kvm, tcg };

// How a run's machine begins: it boots, or as a copy of one that was booted before and frozen.
enum class beginning { boot, clone };

struct machine {
  std::uint32_t vcpus = 0;
  std::uint64_t memory = 0;  // bytes
  accelerator accel = accelerator::any;
  std::vector<std::string> kernel_arguments{};   // appended to the image's own
  std::map<std::string, std::string> sysctls{};  // set before the first step
  std::vector<std::string> modules{};            // loaded before the first step, in this order
  beginning start = beginning::boot;
  bool operator==(machine const&) const = default;
};

// What QEMU does with an I/O error: `report` hands it to the guest, `stop` pauses the machine.
enum class error_policy { report, stop };

// What of a disk's answered writes a power cut leaves: all of them (`durable`), or only what was
// flushed or written with FUA and a drawn part of the rest (`volatile_`).
enum class disk_cache { durable, volatile_ };

// What becomes of a write when the host has no room for it: it waits, and the run is `invalid`; or
// the guest gets an error, because that is what the recipe is about.
enum class full_host { invalid, enospc };

// Appears in the guest as /dev/wedgehog/<name>.
struct disk {
  std::string name{};
  std::uint64_t size = 0;  // bytes
  std::string base{};      // an image file the disk starts as; never written to; empty: zeroes
  error_policy read_errors = error_policy::report;
  error_policy write_errors = error_policy::report;
  disk_cache cache = disk_cache::durable;
  std::uint64_t cache_size = 0;  // bytes, of a cache that is `volatile_`
  // How long QEMU waits for a disk whose connection dropped before requests fail; zero: they fail
  // at once, and the disk stays dead.
  microseconds reconnect{};
  wedgehog::plan::full_host full_host = wedgehog::plan::full_host::invalid;
  bool operator==(disk const&) const = default;
};

// Zero never occurs in a plan made from a recipe. `time_scale` has been applied already.
struct budgets {
  microseconds boot{};         // from power-on to the agent's first words
  microseconds no_progress{};  // longest innocent time without progress
  microseconds run{};          // all steps together
  microseconds collect{};      // all wreckage together
  bool operator==(budgets const&) const = default;
};

// The verdict the run must end with; anything else fails it. The words are those of
// docs/verdicts.md, checked by recipe/.
struct expectation {
  std::string verdict = "passed";
  std::optional<std::string> kind{};      // "software-wait"; absent: any
  std::optional<microseconds> by{};       // since the first step; absent: at any time
  std::optional<std::string> recovery{};  // "recovered-late"; absent: any, or none
  std::vector<std::string> answers{};     // probes that the guest must have answered
  std::string failed_step{};  // label or path of the step that must have failed; "": any, or none
  bool operator==(expectation const&) const = default;
};

enum class severity { harmless, warning, fatal };

// Asked in order for each console line; the first that matches decides, before the tables of the
// guest OS do. So a longer, fatal message goes above its harmless beginning.
struct console_rule {
  std::string name{};
  std::string pattern{};  // of base/pattern.hpp
  severity means = severity::warning;
  bool operator==(console_rule const&) const = default;
};

struct step;

// --- The kinds of step. `word` is the key that a recipe uses. ---

// Runs a shell script in the guest and waits for it.
struct run {
  static constexpr std::string_view word = "run";
  std::string script{};
  std::optional<microseconds> deadline{};  // absent: only the run budget bounds it
  std::int32_t expect_exit = 0;            // -1: any exit code will do
  std::string capture{};                   // keeps the output under this name; empty: not kept
  std::string expect_signal{};  // "SIGKILL": this must end it, whatever `expect_exit` says
  bool expect_other = false;    // it must end in any way but the one that is said here
  bool operator==(run const&) const = default;
};

// Where a workload's progress is read: lines it prints, or its counter ($WEDGEHOG_COUNTER, advanced
// by `/wedgehog/agent tick`).
enum class progress_source { output, counter };
// Whether its end is expected. A workload that runs `forever` and ends has died.
enum class lifetime { forever, ends };

// Starts a shell script in the guest and goes on; its progress is what the verdict rests on.
struct workload {
  static constexpr std::string_view word = "workload";
  std::string name{};
  std::string script{};
  progress_source progress = progress_source::output;
  lifetime expect = lifetime::forever;
  std::optional<microseconds> deadline{};  // for one that `ends`: by when, since its start
  bool may_end = false;                    // whenever and however it ends, nothing has failed
  bool operator==(workload const&) const = default;
};

enum class wait_condition { time, workload_ends, console, progress };

// Waits; the step fails when the deadline passes first.
struct wait {
  static constexpr std::string_view word = "wait";
  wait_condition until = wait_condition::time;
  microseconds duration{};  // time: how long
  std::string workload{};   // workload_ends, progress: of which
  std::string pattern{};    // console: a line that matches, printed after the step began
  std::uint64_t count = 0;  // progress: so much more than when the step began
  std::optional<microseconds> deadline{};
  bool operator==(wait const&) const = default;
};

// Exactly one of the three bounds is set.
struct loop {
  static constexpr std::string_view word = "loop";
  std::optional<std::uint64_t> times{};
  std::optional<microseconds> duration{};  // no new round begins afterwards
  std::string until{};                     // no new round begins after this workload has ended
  std::vector<step> steps;                 // no {}: step is not complete yet
  bool operator==(loop const&) const;
};

// All groups at once, each in its own order; ends when the last one has ended.
struct parallel {
  static constexpr std::string_view word = "parallel";
  std::vector<std::vector<step>> groups;
  bool operator==(parallel const&) const;
};

// Starts a small, independent write-and-read on the file system under test: a sign of life that
// tells "this file system is stuck" from "this workload is".
struct canary {
  static constexpr std::string_view word = "canary";
  std::string mount{};
  microseconds every{};
  bool operator==(canary const&) const = default;
};

enum class expect_condition {
  output_contains,
  file_exists,
  workload_alive,
  console_seen,
  console_not_seen
};

// Fails the run (verdict `failed`) when the condition does not hold at this moment.
struct expect {
  static constexpr std::string_view word = "expect";
  expect_condition what = expect_condition::output_contains;
  std::string text{};      // output_contains: what to look for
  std::string capture{};   // output_contains: in whose output; empty: the last `run` of this group
  std::string file{};      // file_exists: absolute path in the guest
  std::string workload{};  // workload_alive
  std::string pattern{};   // console_seen, console_not_seen: since the machine was started
  bool operator==(expect const&) const = default;
};

// Takes these collections now, whatever the verdict will be.
struct collect {
  static constexpr std::string_view word = "collect";
  std::vector<std::string> names{};
  bool operator==(collect const&) const = default;
};

// Brings files and folders of the guest into the run's folder, whatever the verdict will be.
struct fetch {
  static constexpr std::string_view word = "fetch";
  std::vector<std::string> paths{};  // in the guest, absolute
  std::optional<microseconds> deadline{};
  bool operator==(fetch const&) const = default;
};

// Parameters are canonical text ("250ms" as print_duration, bytes as digits), already checked
// against the fault catalogue; read them with duration_of() and friends.
struct inject {
  static constexpr std::string_view word = "inject";
  std::string fault{};  // a row of the fault catalogue
  std::string as{};     // the name `heal` uses; unique in the plan
  std::string disk{};   // for a fault of a disk
  std::map<std::string, std::string> parameters{};
  bool may_miss = false;  // hitting nothing does not make the run invalid
  bool operator==(inject const&) const = default;
};

struct heal {
  static constexpr std::string_view word = "heal";
  std::string name{};  // of an `inject`
  bool operator==(heal const&) const = default;
};

// Asks the guest to power itself off and waits until it has.
struct power_off {
  static constexpr std::string_view word = "power_off";
  std::optional<microseconds> deadline{};
  bool operator==(power_off const&) const = default;
};

// The reset button.
struct reset {
  static constexpr std::string_view word = "reset";
  bool operator==(reset const&) const = default;
};

// Which of the writes survive that a volatile cache had not flushed when the power went.
enum class survival { none, all, prefix, subset };

// The machine loses its power at this instant and gets it back: the same machine boots on what its
// disks kept, and the next steps run there.
struct power_cut {
  static constexpr std::string_view word = "power_cut";
  survival survive = survival::subset;
  bool torn = false;  // prefix: the first lost write keeps some sectors; subset: any may
  std::optional<microseconds> deadline{};  // to be ready again; absent: the budget `boot`
  bool operator==(power_cut const&) const = default;
};

// Who begins a reboot: somebody at the button, or the guest that is asked to.
enum class reboot_by { button, guest };

// Resets the machine and waits until it is ready again: its QEMU and its disks' caches stay.
struct reboot {
  static constexpr std::string_view word = "reboot";
  reboot_by by = reboot_by::button;
  std::optional<microseconds> deadline{};  // as above
  bool operator==(reboot const&) const = default;
};

// SIGKILL to QEMU, as if somebody else had done it: the machine is gone from one moment to the
// next.
struct kill_qemu {
  static constexpr std::string_view word = "kill_qemu";
  bool operator==(kill_qemu const&) const = default;
};

// The host pauses the machine (QMP `stop`); without a duration it stays paused until `resume`.
struct pause {
  static constexpr std::string_view word = "pause";
  std::optional<microseconds> duration{};
  bool operator==(pause const&) const = default;
};

struct resume {
  static constexpr std::string_view word = "resume";
  bool operator==(resume const&) const = default;
};

using action =
    std::variant<run, workload, wait, loop, parallel, canary, expect, collect, fetch, inject, heal,
                 power_off, reset, power_cut, reboot, kill_qemu, pause, resume>;

struct step {
  action what{};
  std::uint32_t line = 0;  // in the recipe, for messages; 0: unknown
  std::string label{};     // how schedules call it, unique in the plan; most have none
  std::string file{};      // of a fragment that the recipe includes; empty: the recipe's own
  bool operator==(step const&) const = default;
};

inline bool loop::operator==(loop const& other) const {
  return times == other.times && duration == other.duration && until == other.until &&
         steps == other.steps;
}
inline bool parallel::operator==(parallel const& other) const {
  return groups == other.groups;
}

// "run", "workload", …: the key a recipe uses.
[[nodiscard]] std::string_view word_of(step const& what);

// ", line 7 of parts/chroot.yaml": where the recipe says so, for the end of a message; "" unknown.
[[nodiscard]] std::string place_of(step const& what);

// --- End of the kinds of step. ---

// What a schedule counts from: the beginning of the first step, the end of some step, a workload's
// progress, a console line.
enum class fault_begin { steps, step, progress, console };

// Faults beside the steps. When exactly they come, chance included, is for occasions() of
// plan/schedule.hpp to say.
struct scheduled_fault {
  fault_begin begins = fault_begin::steps;
  std::string step{};                    // step: the label or path of one, whose first end counts
  std::string workload{};                // progress: of which
  std::uint64_t count = 0;               // progress: so much, since the workload began
  std::string pattern{};                 // console: the first line that matches
  microseconds after{};                  // so much later
  std::optional<microseconds> every{};   // again and again, counted from one begin to the next
  std::optional<microseconds> within{};  // at random moments of so long a time
  std::optional<std::uint64_t> times{};  // so often; absent: every: always, else: once
  microseconds jitter{};                 // each up to so much later
  std::optional<microseconds> lasts{};   // healed after so long
  std::string until{};  // healed before this step (label or path) begins for the first time
  inject what{};
  std::vector<inject> with{};  // injected together with `what`, in this order, healed before it
  bool operator==(scheduled_fault const&) const = default;
};

// When the faults end and the guest gets its chance to recover: after the steps and at a wedge that
// is beyond doubt, or also as soon as a wedge is suspected.
enum class recovery_moment { end, suspect };

struct recovery {
  microseconds within{};   // recovering later than this is late
  microseconds at_most{};  // never, after so long
  recovery_moment when = recovery_moment::end;
  std::vector<std::string> keep{};  // faults that are not healed: they are part of the machine
  std::string check{};  // a script for the guest that has recovered, within `at_most`; may be none
  bool operator==(recovery const&) const = default;
};

struct debugger_questions {
  std::vector<std::string> ask{};  // empty: what the guest's profile says
  bool go_on = false;              // the system is let go afterwards
  bool operator==(debugger_questions const&) const = default;
};

struct on_failure {
  std::vector<std::string> collect{};  // empty: everything the guest OS offers
  // Asked of a guest whose state is confirmed, in this order: echo, sysrq-w, sysrq-t, sysrq-l, io,
  // nmi, debugger.
  std::vector<std::string> probes{};
  debugger_questions debugger{};
  bool operator==(on_failure const&) const = default;
};

struct plan {
  std::string name{};
  std::string about{};
  std::string recipe{};                          // file name, as given
  std::map<std::string, std::string> variant{};  // {"fs": "xfs"}
  std::uint64_t seed = 0;
  std::string image{};
  std::vector<std::string> packages{};  // Debian's, that the image has beside its own
  machine guest{};
  std::vector<disk> disks{};
  // Path in the guest -> file or folder of the host; in place before the first step of every life.
  std::map<std::string, std::string> files{};
  budgets limits{};
  expectation expects{};
  std::vector<step> steps{};
  // Done each time that the guest has become ready, before the step that comes next: at the first
  // boot before `steps`, and again in every later life. Nothing in it ends a life or injects.
  std::vector<step> after_boot{};
  std::vector<scheduled_fault> faults{};
  std::optional<wedgehog::plan::recovery> recovery{};
  wedgehog::plan::on_failure on_failure{};
  std::vector<console_rule> console{};
  bool time_scaled = false;  // by scaled(): budgets are not those of the recipe any more
  bool operator==(plan const&) const = default;
};

// JSON, one object, members in fixed order: from_text(to_text(p)) == p.
[[nodiscard]] std::string to_text(plan const& what);
// Blame recipe: not JSON, not a plan, or an unknown kind of step.
[[nodiscard]] result<plan> from_text(std::string_view text);

// "lab-lost-wakeup[fs=xfs]": for people and file names alike.
[[nodiscard]] std::string title(plan const& what);
// "fs=xfs settle=60s"; empty when the recipe has no variants.
[[nodiscard]] std::string variant_text(plan const& what);

// A copy for a guest that is `factor` times slower: budgets and deadlines stretch (at least 1 us),
// waits and pauses do not. factor > 0.
[[nodiscard]] plan scaled(plan const& what, double factor);

// Every step at any depth, in the order of the recipe; a loop or a group before what is in it.
void visit_steps(std::vector<step> const& steps, std::function<void(step const&)> const& visit);
// Those of the plan: `after_boot`, then `steps`.
void visit_steps(plan const& what, std::function<void(step const&)> const& visit);

// The step that comes first in the plan and starts `name`; null when there is none.
[[nodiscard]] workload const* find_workload(plan const& what, std::string_view name);
[[nodiscard]] disk const* find_disk(plan const& what, std::string_view name);

// A fault's parameter, or nothing when it was not given and has no default.
[[nodiscard]] std::optional<microseconds> duration_of(inject const& fault, std::string_view name);
[[nodiscard]] std::optional<std::uint64_t> number_of(inject const& fault, std::string_view name);
[[nodiscard]] std::optional<double> fraction_of(inject const& fault, std::string_view name);
[[nodiscard]] std::optional<std::string> text_of(inject const& fault, std::string_view name);

// Found by described.hpp when it meets a step: {"run": {…}, "line": 12}.
json::value to_json(step const& value);
bool from_json(json::value const& value, step& out);

BOOST_DESCRIBE_ENUM(accelerator, any, kvm, tcg)
BOOST_DESCRIBE_ENUM(beginning, boot, clone)
BOOST_DESCRIBE_ENUM(error_policy, report, stop)
BOOST_DESCRIBE_ENUM(disk_cache, durable, volatile_)
BOOST_DESCRIBE_ENUM(full_host, invalid, enospc)
BOOST_DESCRIBE_ENUM(severity, harmless, warning, fatal)
BOOST_DESCRIBE_ENUM(progress_source, output, counter)
BOOST_DESCRIBE_ENUM(lifetime, forever, ends)
BOOST_DESCRIBE_ENUM(wait_condition, time, workload_ends, console, progress)
BOOST_DESCRIBE_ENUM(expect_condition, output_contains, file_exists, workload_alive, console_seen,
                    console_not_seen)
BOOST_DESCRIBE_ENUM(survival, none, all, prefix, subset)
BOOST_DESCRIBE_ENUM(reboot_by, button, guest)
BOOST_DESCRIBE_ENUM(fault_begin, steps, step, progress, console)
BOOST_DESCRIBE_ENUM(recovery_moment, end, suspect)
// So that plan::name_of() is found with the namespace, too.
using wedgehog::name_of;
using wedgehog::parse_name;

BOOST_DESCRIBE_STRUCT(machine, (),
                      (vcpus, memory, accel, kernel_arguments, sysctls, modules, start))
BOOST_DESCRIBE_STRUCT(disk, (),
                      (name, size, base, read_errors, write_errors, cache, cache_size, reconnect,
                       full_host))
BOOST_DESCRIBE_STRUCT(budgets, (), (boot, no_progress, run, collect))
BOOST_DESCRIBE_STRUCT(expectation, (), (verdict, kind, by, recovery, answers, failed_step))
BOOST_DESCRIBE_STRUCT(console_rule, (), (name, pattern, means))
BOOST_DESCRIBE_STRUCT(run, (),
                      (script, deadline, expect_exit, capture, expect_signal, expect_other))
BOOST_DESCRIBE_STRUCT(workload, (), (name, script, progress, expect, deadline, may_end))
BOOST_DESCRIBE_STRUCT(wait, (), (until, duration, workload, pattern, count, deadline))
BOOST_DESCRIBE_STRUCT(loop, (), (times, duration, until, steps))
BOOST_DESCRIBE_STRUCT(parallel, (), (groups))
BOOST_DESCRIBE_STRUCT(canary, (), (mount, every))
BOOST_DESCRIBE_STRUCT(expect, (), (what, text, capture, file, workload, pattern))
BOOST_DESCRIBE_STRUCT(collect, (), (names))
BOOST_DESCRIBE_STRUCT(fetch, (), (paths, deadline))
BOOST_DESCRIBE_STRUCT(inject, (), (fault, as, disk, parameters, may_miss))
BOOST_DESCRIBE_STRUCT(heal, (), (name))
BOOST_DESCRIBE_STRUCT(power_off, (), (deadline))
BOOST_DESCRIBE_STRUCT(reset, (), ())
BOOST_DESCRIBE_STRUCT(power_cut, (), (survive, torn, deadline))
BOOST_DESCRIBE_STRUCT(reboot, (), (by, deadline))
BOOST_DESCRIBE_STRUCT(kill_qemu, (), ())
BOOST_DESCRIBE_STRUCT(pause, (), (duration))
BOOST_DESCRIBE_STRUCT(resume, (), ())
BOOST_DESCRIBE_STRUCT(scheduled_fault, (),
                      (begins, step, workload, count, pattern, after, every, within, times, jitter,
                       lasts, until, what, with))
BOOST_DESCRIBE_STRUCT(recovery, (), (within, at_most, when, keep, check))
BOOST_DESCRIBE_STRUCT(debugger_questions, (), (ask, go_on))
BOOST_DESCRIBE_STRUCT(on_failure, (), (collect, probes, debugger))
BOOST_DESCRIBE_STRUCT(plan, (),
                      (name, about, recipe, variant, seed, image, packages, guest, disks, files,
                       limits, expects, steps, after_boot, faults, recovery, on_failure, console,
                       time_scaled))

}  // namespace wedgehog::plan
