// Performing the steps of a plan: one function per kind of step, each in the file named after it.
#pragma once

#include "conductor/run_context.hpp"

namespace wedgehog::conductor {

// How much longer the host waits than the agent, so that the agent's own words about a deadline
// arrive.
inline constexpr auto patience = std::chrono::seconds(10);

// How a sequence of steps ended.
struct step_outcome {
  bool failed = false;
  std::string path;  // of the step that failed: "3.1.2"
  std::string why;
  blame whose = blame::guest;
  int done = 0;  // steps that ended well, nested ones included
};

// The plan's `after_boot`, in the life that has just become ready; its steps stand at "boot1.1",
// "boot2.1" and so on.
loop::awaitable<step_outcome> perform_after_boot(run_context& run);

// What the plan's `files` name, from the disk that carries them; "boot1.files.1" in the timeline.
loop::awaitable<step_outcome> put_files_in_place(run_context& run, std::string const& path);

// A step that failed is the guest's or the recipe's failure, or the host's trouble: noted as that.
void note_failure(run_context& run, step_outcome const& outcome);

// In order, until one fails. `path` prefixes the positions ("" at the top, "3." inside the third
// step). Throws operation_aborted when cancelled; what was started in the guest is left as it is,
// for the evidence.
loop::awaitable<step_outcome> perform_steps(run_context& run, std::vector<plan::step> const& steps,
                                            std::string path);

// --- one kind of step each; the error says why the step failed
// -------------------------------------------------------
loop::awaitable<result<void>> perform(run_context& run, plan::run const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::workload const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::wait const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::loop const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::parallel const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::canary const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::expect const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::collect const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::fetch const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::inject const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::heal const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::power_off const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::reset const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::power_cut const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::reboot const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::kill_qemu const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::pause const& what,
                                      std::string const& path);
loop::awaitable<result<void>> perform(run_context& run, plan::resume const& what,
                                      std::string const& path);

// In a few words, for progress and the timeline: "run mkfs.ext4 /dev/wedgehog/data …", "wait 30s".
[[nodiscard]] std::string describe(plan::step const& what);

}  // namespace wedgehog::conductor
