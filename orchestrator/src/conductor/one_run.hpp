// The parts of one run that live as long as its machine, and the phases they go through. Internal
// to perform.cpp.
#pragma once

#include <memory>
#include <optional>

#include "agent/link.hpp"
#include "collectors/agent_signals.hpp"
#include "collectors/machine_sampler.hpp"
#include "collectors/monitor_events.hpp"
#include "conductor/console_rules.hpp"
#include "conductor/perform.hpp"
#include "conductor/recorder.hpp"
#include "conductor/run_context.hpp"
#include "conductor/steps/steps.hpp"
#include "faults/injector.hpp"
#include "loop/mailbox.hpp"
#include "loop/nursery.hpp"
#include "vm/machine.hpp"
#include "vm/runtime_directory.hpp"
#include "wreckage/bundle.hpp"

namespace wedgehog::conductor {

class one_run {
 public:
  one_run(environment& env, plan::plan what, store::run_key key, std::string folder,
          progress_sink tell, loop::asio::any_io_executor const& executor);

  // All phases. Never throws; what goes wrong is in the outcome.
  loop::awaitable<void> live();

  [[nodiscard]] verdict::final_verdict const& verdict() const { return verdict_; }
  [[nodiscard]] store::outcome const& outcome() const { return played_; }
  [[nodiscard]] std::vector<timeline::blocked_task> const& stuck() const { return stuck_; }
  [[nodiscard]] std::optional<wreckage::bundle> const& kept() const { return kept_; }
  [[nodiscard]] std::string const& signature() const { return signature_; }
  [[nodiscard]] bool interrupted() const { return interrupted_; }
  [[nodiscard]] std::string const& command_line() const { return command_line_; }

 private:
  loop::awaitable<void> start_machine();
  loop::awaitable<void> boot();
  loop::awaitable<void> follow_plan();
  loop::awaitable<void> boot_and_steps();
  loop::awaitable<void> end_faults();
  loop::awaitable<void> watch_judge();
  loop::awaitable<void> run_budget();
  loop::awaitable<void> fatal_console();
  void take_console_line(std::string line, bool partial);
  loop::awaitable<void> write_chunks();
  loop::awaitable<void> take_evidence();
  loop::awaitable<void> take_guest_evidence(wreckage::bundle& into);
  loop::awaitable<void> take_ledgers(wreckage::bundle& into);
  loop::awaitable<void> take_one_from_guest(wreckage::bundle& into, std::string name);
  loop::awaitable<void> tear_down();
  void judge_now();
  void note(timeline::signal const& one);
  void tell(std::string phase, std::string what = {});
  result<void> make_disks();
  result<void> serve_disks(vm::machine_spec const& spec);
  void note_disk(std::string const& disk, nbd::disk_event const& event);
  // Both also go into the timeline, so that a stored run can be judged again from it alone.
  void host_trouble(std::string what);
  void step_failed(std::string what);

  environment& env_;
  plan::plan plan_;
  store::run_key key_;
  std::string folder_;
  progress_sink tell_;
  loop::asio::any_io_executor executor_;
  loop::time_point began_;

  verdict::judge judge_;
  timeline::timeline whole_;
  loop::mailbox<std::string> chunks_;
  recorder record_;
  pattern_watch console_;
  console_rules rules_;
  loop::mailbox<std::string> fatal_;
  std::optional<recorder::watch> noting_;

  std::optional<vm::runtime_directory> runtime_;
  faults::disk_set disks_;  // outlives the machine
  std::unique_ptr<vm::machine> machine_;
  std::unique_ptr<agent::link> agent_;
  std::optional<collectors::machine_sampler> sampler_;
  std::optional<collectors::monitor_events> events_;
  std::optional<collectors::agent_signals> agent_signals_;
  std::optional<faults::injector> injector_;
  loop::nursery watchers_;
  loop::nursery schedule_;  // faults on the clock
  loop::nursery writers_;

  verdict::run_outcome outcome_;
  verdict::final_verdict verdict_;
  store::outcome played_;
  std::vector<timeline::blocked_task> stuck_;
  std::string signature_;
  std::optional<wreckage::bundle> kept_;
  std::string command_line_;
  progress now_;
  bool guest_ready_ = false;
  bool evidence_began_ = false;
  bool interrupted_ = false;
  bool requests_in_flight_ = false;
  std::optional<loop::time_point> ready_at_;
  int steps_done_ = 0;
};

}  // namespace wedgehog::conductor
