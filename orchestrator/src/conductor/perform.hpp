// The life of one run, from plan to judged result.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <string>
#include <vector>

#include "conductor/interruption.hpp"
#include "conductor/live_control.hpp"
#include "plan/plan.hpp"
#include "store/results_database.hpp"
#include "store/results_directory.hpp"
#include "verdict/run_verdict.hpp"
#include "vm/accel.hpp"
#include "vm/image.hpp"

namespace wedgehog::conductor {

// What is the same for all runs of one call.
struct environment {
  loop::clock& time;
  loop::asio::thread_pool& pool;
  store::results_database& database;
  store::results_directory const& results;
  store::owner owner;
  interruption& stop;
  vm::image image;
  vm::accelerator accel = vm::accelerator::tcg;
  std::string qemu = "qemu-system-x86_64";
  std::string qemu_version{};
  double time_scale = 1;
  std::string host{};
  std::string host_kernel{};
  std::string version{};
  fault_reader read_fault{};  // for faults that are injected by hand
};

// What is said of a run while it lives; for a person who watches.
struct progress {
  std::string run;    // its name
  std::string phase;  // boot, steps, evidence, done
  std::string step;   // the step under way
  std::string state;  // the judge's word
  double elapsed_s = 0;
  std::uint64_t workload_done = 0;
  std::string note;  // something that happened, once; empty: only the state above
};
using progress_sink = std::function<void(progress const&)>;

struct run_report {
  store::run_key key;
  std::string recipe;
  std::string variant;
  std::uint64_t seed = 0;
  verdict::final_verdict verdict;
  std::string expected;
  bool met = false;
  std::string signature;
  std::vector<timeline::blocked_task> stuck;
  double duration_s = 0;
  std::string wreckage;              // full path; empty: none kept
  std::vector<std::string> missing;  // what the wreckage lacks, and why
  bool interrupted = false;
  bool again = false;  // starved by the host beside others: its plan will be done again, alone
  int exit_code = 2;
};

// An error (blame host) only when not even the run's existence could be recorded; everything later
// is part of the report.
loop::awaitable<result<run_report>> perform(environment& env, plan::plan what,
                                            std::string recipe_text, progress_sink tell);

// 0 passed or slow, 1 the guest failed, 2 inconclusive or invalid.
[[nodiscard]] int exit_code_of(verdict::final_verdict const& said);
// "invalid" where the host or a fault that never fired spoiled the run; what the host does to a
// machine (paused, host-stopped, host-starved) makes it invalid too, and has its own word.
[[nodiscard]] std::string word_of(verdict::final_verdict const& said);
// "wedged", "wedged/software-wait", "slow, recovered", "wedged, answers io nmi"
[[nodiscard]] std::string describe(plan::expectation const& expected);
// Verdict, kind and recovery alone.
[[nodiscard]] bool meets(verdict::final_verdict const& said, plan::expectation const& expected);
// Whether every probe was answered that had to be.
[[nodiscard]] bool answered_all(std::vector<timeline::probe> const& asked,
                                plan::expectation const& expected);
// Whether the cause was there in time: `by` counts from the first step, which begins when the guest
// is ready, `boot_s` seconds after its start.
[[nodiscard]] bool in_time(verdict::final_verdict const& said, std::optional<double> boot_s,
                           plan::expectation const& expected);
// All three.
[[nodiscard]] bool fulfils(verdict::final_verdict const& said,
                           std::vector<timeline::probe> const& asked, std::optional<double> boot_s,
                           plan::expectation const& expected);
// Why this host cannot do what the plan asks of it; empty when it can. Looks at the host.
[[nodiscard]] std::string lacking_on_this_host(plan::plan const& what);
// What QEMU is started from. `runtime_folder`: sockets and memory; `run_folder`: console and disks.
struct machine_place {
  std::string runtime_folder;
  std::string run_folder;
  bool serve_disks = true;  // by fault disks; else QEMU opens the files itself
};
[[nodiscard]] vm::machine_spec machine_spec_of(plan::plan const& what, vm::image const& image,
                                               vm::accelerator accel, std::string const& qemu,
                                               machine_place const& where);
// Ready to paste into a shell: makes its folders and disks, then starts QEMU.
[[nodiscard]] std::string dry_command_line(plan::plan const& what, vm::image const& image, bool kvm,
                                           std::string const& qemu);

}  // namespace wedgehog::conductor
