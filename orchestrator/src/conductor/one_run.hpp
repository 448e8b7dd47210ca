// The parts of one run that live as long as its machine, and the phases they go through. Internal
// to perform.cpp.
#pragma once

#include <memory>
#include <optional>

#include "conductor/console_rules.hpp"
#include "conductor/lives.hpp"
#include "conductor/perform.hpp"
#include "conductor/recorder.hpp"
#include "conductor/run_context.hpp"
#include "conductor/steps/steps.hpp"
#include "faults/injector.hpp"
#include "loop/mailbox.hpp"
#include "loop/nursery.hpp"
#include "verdict/judged_run.hpp"
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
  [[nodiscard]] std::vector<timeline::probe> const& asked() const { return asked_; }
  [[nodiscard]] bool interrupted() const { return interrupted_; }
  [[nodiscard]] std::string const& command_line() const { return lives_.command_line(); }

 private:
  loop::awaitable<void> start_machine();
  loop::awaitable<void> boot();
  loop::awaitable<void> follow_plan();
  [[nodiscard]] run_context surroundings();
  void take(step_outcome const& outcome);
  loop::awaitable<void> boot_and_steps();
  loop::awaitable<void> end_faults();
  // recovery.cpp
  loop::awaitable<void> recover_when_asked();
  loop::awaitable<void> check_the_recovered();
  void listen_to_people();
  loop::awaitable<void> wait_for_recovery();
  void ask_for_recovery(std::string why);
  [[nodiscard]] bool asks_for_recovery(verdict::judgement const& said) const;
  [[nodiscard]] bool recovers_from(verdict::state_word state) const;
  void keep_ledgers_before_healing();
  loop::awaitable<void> heal_what_is_left();
  loop::awaitable<void> watch_judge();
  loop::awaitable<void> run_budget();
  loop::awaitable<void> fatal_console();
  loop::awaitable<void> full_host();
  void take_console_line(std::string line, bool partial);
  loop::awaitable<void> write_chunks();
  loop::awaitable<void> take_evidence();
  loop::awaitable<void> take_memory(wreckage::bundle& into, loop::duration limit);
  loop::awaitable<void> take_guest_evidence(wreckage::bundle& into);
  loop::awaitable<void> take_ledgers(wreckage::bundle& into);
  loop::awaitable<void> ask_probes(wreckage::bundle& into);
  loop::awaitable<void> take_one_from_guest(wreckage::bundle& into, std::string name);
  loop::awaitable<void> tear_down();
  void judge_now();
  void note(timeline::signal const& one);
  void tell(std::string phase, std::string what = {});
  [[nodiscard]] lives_listeners listeners();
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

  verdict::judged_run judge_;
  loop::mailbox<std::string> chunks_;
  recorder record_;
  pattern_watch console_;
  console_rules rules_;
  loop::mailbox<std::string> fatal_;
  loop::mailbox<bool> host_is_full_;
  std::optional<recorder::watch> noting_;

  lives lives_;
  std::optional<faults::injector> injector_;
  std::optional<faults::schedule> schedule_;
  std::unique_ptr<live_control> by_hand_;
  loop::nursery listening_;  // to people
  loop::mailbox<std::string> recovery_asked_;
  bool recovery_began_ = false;
  bool faults_cut_short_ = false;                 // by a recovery before the steps were done
  std::vector<std::string> kept_before_healing_;  // files of the run's folder
  loop::nursery writers_;

  verdict::run_outcome outcome_;
  verdict::final_verdict verdict_;
  store::outcome played_;
  std::vector<timeline::blocked_task> stuck_;
  std::string signature_;
  std::optional<wreckage::bundle> kept_;
  std::vector<timeline::probe> asked_;
  progress now_;
  bool interrupted_ = false;
  bool requests_in_flight_ = false;
  std::optional<loop::time_point> ready_at_;
  int steps_done_ = 0;
};

}  // namespace wedgehog::conductor
