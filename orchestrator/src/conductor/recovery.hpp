// First the faults end, then the guest is judged: what would be lost is kept, all faults are
// healed, and the guest gets its time to make progress again. Only for plans that ask for it.
#pragma once

#include <string>
#include <vector>

#include "conductor/progress_teller.hpp"
#include "conductor/run_context.hpp"
#include "conductor/run_faults.hpp"
#include "loop/mailbox.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::conductor {

class recovery {
 public:
  // All must outlive it.
  recovery(stage& on, plan::plan const& what, run_context& run, run_faults& faults,
           verdict::judged_run const& judge, progress_teller& tell);

  // To begin now, whoever asks first. Does nothing where the plan wants none or no step has begun.
  void ask(std::string why);
  [[nodiscard]] bool begun() const { return begun_; }
  // Whether what the judge says is a reason to begin.
  [[nodiscard]] bool is_called_for_by(verdict::judgement const& said) const;
  // Whether the guest may still come back from that state.
  [[nodiscard]] bool may_overcome(verdict::state_word state) const;

  // Waits for ask(), then heals and watches; returns when it is over. Never, when nobody asks.
  loop::awaitable<void> follow();
  // Once it was asked for: until cancelled. Else returns at once.
  loop::awaitable<void> wait_if_begun();

  // Files of the run's folder that were kept before the healing.
  [[nodiscard]] std::vector<std::string> const& kept() const { return kept_; }

 private:
  void keep_ledgers();
  loop::awaitable<void> heal();
  loop::awaitable<void> watch();
  loop::awaitable<void> check();

  stage& on_;
  plan::plan const& plan_;
  run_context& run_;
  run_faults& faults_;
  verdict::judged_run const& judge_;
  progress_teller& tell_;
  loop::mailbox<std::string> asked_;
  bool begun_ = false;
  std::vector<std::string> kept_;
};

}  // namespace wedgehog::conductor
