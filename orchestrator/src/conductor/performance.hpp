// One run being played: its parts, and the phases it goes through: start, boot, steps, recovery,
// verdict, evidence, end. Internal to perform.cpp.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "conductor/console_intake.hpp"
#include "conductor/evidence.hpp"
#include "conductor/lives.hpp"
#include "conductor/performer_log.hpp"
#include "conductor/progress_teller.hpp"
#include "conductor/recorder.hpp"
#include "conductor/recovery.hpp"
#include "conductor/run_context.hpp"
#include "conductor/run_faults.hpp"
#include "conductor/stage.hpp"
#include "conductor/template_source.hpp"
#include "conductor/timeline_keeper.hpp"
#include "folder/run_writer.hpp"
#include "loop/mailbox.hpp"
#include "loop/nursery.hpp"
#include "loop/watched_clock.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::conductor {

class performance {
 public:
  // All must outlive it. `what` is stretched already.
  performance(stage& on, plan::plan const& what, folder::run_writer& into, progress_sink tell,
              loop::asio::any_io_executor const& executor);

  // All phases. Nothing is thrown; what goes wrong is in the timeline, and so in the verdict.
  loop::awaitable<void> play();

  [[nodiscard]] verdict::judged_run::conclusion const& concluded() const { return concluded_; }
  [[nodiscard]] std::vector<timeline::probe> const& asked() const { return judge_.asked(); }
  [[nodiscard]] folder::outcome const& outcome() const { return played_; }
  [[nodiscard]] evidence_wanted wanted() const { return wanted_; }
  [[nodiscard]] progress_teller& teller() { return tell_; }
  [[nodiscard]] evidence& kept() { return evidence_; }
  [[nodiscard]] std::string const& command_line() const { return lives_.command_line(); }

 private:
  // A phase that must not keep the next from being reached.
  loop::awaitable<void> guarded(std::string doing, loop::awaitable<void> phase);
  loop::awaitable<void> start_machine();
  // What the machine is to begin as; nothing: it boots.
  loop::awaitable<std::optional<vm::frozen_machine>> find_template();
  loop::awaitable<void> live();
  loop::awaitable<void> boot();
  loop::awaitable<void> perform_plan();
  loop::awaitable<void> boot_and_steps();
  loop::awaitable<void> watch_judge();
  loop::awaitable<void> announce(verdict::judgement const& said);
  loop::awaitable<void> keep_to_budget();
  loop::awaitable<void> wait_for_fatal_console();
  loop::awaitable<void> wait_for_full_host();
  loop::awaitable<void> wait_for_lost_folder();
  loop::awaitable<void> count_faults();
  void conclude();
  loop::awaitable<void> gather_evidence();
  loop::awaitable<void> tear_down();
  loop::awaitable<void> close_timeline();

  void take(timeline::signal const& one);
  void log_milestone(timeline::milestone const& one);
  [[nodiscard]] lives_listeners listeners();
  void no_copy(std::string const& why);
  [[nodiscard]] std::string how_it_ended() const;
  void host_trouble(std::string what);

  stage& on_;
  plan::plan const& plan_;
  performer_log log_;
  loop::time_point began_;
  loop::time_point machine_began_;  // without what making a template took
  loop::watched_clock watched_;
  folder::run_writer& into_;
  timeline_keeper keeper_;
  recorder record_;
  verdict::judged_run judge_;
  progress_teller tell_;
  loop::mailbox<std::string> fatal_;
  loop::mailbox<bool> host_is_full_;
  console_intake console_;
  pattern_watch patterns_;
  workload_book workloads_;
  lives lives_;
  template_source templates_;
  run_faults faults_;
  run_context context_;
  recovery recovery_;
  evidence evidence_;
  std::optional<recorder::watch> taking_;
  loop::nursery writers_;
  loop::nursery background_;

  verdict::judged_run::conclusion concluded_;
  evidence_wanted wanted_;
  folder::outcome played_;
  std::optional<loop::time_point> ready_at_;  // of the watched clock
  std::size_t host_complaints_ = 0;
  int steps_done_ = 0;
};

}  // namespace wedgehog::conductor
