#include "report/facts.hpp"

#include <fmt/format.h>

namespace wedgehog::report {

outcome_class class_of(store::stored_run const& run) {
  if (!run.judged) return run.interrupted ? outcome_class::says_nothing : outcome_class::unfinished;
  if (run.judged->exit_code == 0) return outcome_class::passed;
  return run.judged->exit_code == 1 ? outcome_class::guest_failed : outcome_class::says_nothing;
}

std::string verdict_and_kind(store::stored_run const& run) {
  auto const word = store::word_of(run);
  if (!run.judged || run.judged->kind.empty()) return word;
  return word + "/" + run.judged->kind;
}

std::vector<std::string> reasons(store::stored_run const& run) {
  if (run.judged) return run.judged->because;
  if (run.interrupted)
    return {
        fmt::format("its orchestrator died; found dead {}; `wedgehog judge {}` judges what was "
                    "recorded",
                    store::to_text(*run.interrupted), run.key.name)};
  if (run.played) return {fmt::format("played and not judged yet: {}", run.played->ended)};
  return {"it is under way"};
}

std::string variant_and_seed(store::stored_run const& run) {
  auto const seed = fmt::format("seed {}", run.facts.seed);
  return run.facts.variant.empty() ? seed : run.facts.variant + " " + seed;
}

std::string wreckage_path(store::stored_run const& run, place const& where) {
  if (run.wreckage.empty() || where.results.empty()) return run.wreckage;
  return where.results + (where.results.back() == '/' ? "" : "/") + run.wreckage;
}

std::string stuck_line(timeline::blocked_task const& task) {
  return fmt::format("{} {} {}{}{}", task.pid, task.name, task.state,
                     task.wait_channel.empty() ? "" : " ", task.wait_channel);
}

std::string fault_line(store::fired_fault const& fault) {
  if (fault.hits == 0) return fmt::format("{} ({}): NEVER FIRED", fault.name, fault.kind);
  return fmt::format("{} ({}): {} {}", fault.name, fault.kind, fault.hits,
                     fault.hits == 1 ? "hit" : "hits");
}

double duration_of(store::stored_run const& run) {
  return run.played ? run.played->duration_s : 0;
}

}  // namespace wedgehog::report
