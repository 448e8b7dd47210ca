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
#include "vm/backend.hpp"
#include "vm/image.hpp"

namespace wedgehog::conductor {

// What is the same for all runs of one call.
struct environment {
  loop::clock& time;
  loop::asio::thread_pool& pool;
  store::results_database& database;
  store::results_directory const& results;
  folder::owner owner;
  interruption& stop;
  vm::image image;
  std::shared_ptr<vm::backend> backend;
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

}  // namespace wedgehog::conductor
