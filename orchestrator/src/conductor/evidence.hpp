// Takes what is kept of a run that did not pass, in this order: what QEMU knows, what the guest can
// still say, guest memory, because dumping it pauses the guest, and last the answers to questions
// that change it. Nothing of it goes beyond the plan's budget.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conductor/evidence_wanted.hpp"
#include "conductor/lives.hpp"
#include "conductor/probes.hpp"
#include "conductor/progress_teller.hpp"
#include "conductor/recorder.hpp"
#include "conductor/stage.hpp"
#include "wreckage/bundle.hpp"

namespace wedgehog::conductor {

class evidence {
 public:
  // All must outlive it. `folder` is the run's.
  evidence(stage& on, plan::plan const& what, recorder& record, lives& machines,
           progress_teller& tell, std::string folder);

  void take(timeline::signal const& one);
  // Everything that is wanted of a run that was said to be that. `before_healing`: files of the
  // run's folder. Throws operation_aborted when cancelled, and nothing else.
  loop::awaitable<void> gather(evidence_wanted wanted, verdict::final_verdict const& said,
                               std::vector<std::string> before_healing);
  // What was gathered, as evidence.json in the run's folder; and what could not be had, in words.
  result<void> list(json::object facts);
  [[nodiscard]] std::vector<std::string> missing() const;
  [[nodiscard]] bool gathered() const { return kept_.has_value(); }

 private:
  loop::awaitable<void> gather_all(evidence_wanted wanted, verdict::final_verdict const& said);
  loop::awaitable<void> ask_guest(verdict::run_word word);
  loop::awaitable<void> ask_collector(std::string name);
  loop::awaitable<void> copy_ledgers();
  loop::awaitable<void> copy_memory();
  loop::awaitable<void> probe(verdict::run_word word);
  [[nodiscard]] std::vector<std::string> collectors() const;
  [[nodiscard]] std::string why_guest_is_not_asked(verdict::run_word word) const;
  // At most `limit`, and no more than is left of the budget, but always a second.
  [[nodiscard]] loop::duration at_most(loop::duration limit) const;

  stage& on_;
  plan::plan const& plan_;
  recorder& record_;
  lives& lives_;
  progress_teller& tell_;
  std::string folder_;
  std::optional<wreckage::bundle> kept_;
  loop::time_point until_{};
  bool requests_in_flight_ = false;
};

}  // namespace wedgehog::conductor
