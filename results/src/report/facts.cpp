#include "report/facts.hpp"

#include <fmt/format.h>

namespace wedgehog::report {
namespace {

std::string full_path(std::string const& path, place const& where) {
  if (path.empty() || where.results.empty() || path.front() == '/') return path;
  return where.results + (where.results.back() == '/' ? "" : "/") + path;
}

std::string death_of(store::stored_run const& run) {
  // One that was begun and never heard of again tells no other time.
  if (*run.interrupted == run.facts.started) return "its orchestrator died";
  return fmt::format("its orchestrator died; {} {}",
                     run.folder.empty() ? "found dead" : "last heard of",
                     store::to_text(*run.interrupted));
}

}  // namespace

bool against_expectation(store::stored_run const& run) {
  return run.judged && !run.judged->met && !run.judged->expected.empty();
}

outcome_class class_of(store::stored_run const& run) {
  if (!run.judged) return run.interrupted ? outcome_class::says_nothing : outcome_class::unfinished;
  if (run.judged->exit_code == 0)
    return against_expectation(run) ? outcome_class::guest_failed : outcome_class::passed;
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
    return {fmt::format("{}; `wedgehog judge {}` judges what was recorded", death_of(run),
                        run.key.name)};
  if (run.played) return {fmt::format("played and not judged yet: {}", run.played->ended)};
  return {"it is under way"};
}

std::string variant_guest_and_seed(store::stored_run const& run) {
  auto const& facts = run.facts;
  std::string text = facts.variant;
  if (!facts.image.empty()) text += fmt::format("{}on {}", text.empty() ? "" : " ", facts.image);
  if (!facts.kernel.empty()) text += " " + facts.kernel;
  return fmt::format("{}{}seed {}", text, text.empty() ? "" : " ", facts.seed);
}

std::string folder_path(store::stored_run const& run, place const& where) {
  return full_path(run.folder, where);
}

std::string wreckage_path(store::stored_run const& run, place const& where) {
  if (run.folder.empty()) return full_path(run.wreckage, where);
  auto const how = class_of(run);
  bool const kept = how == outcome_class::guest_failed || how == outcome_class::says_nothing;
  return kept ? folder_path(run, where) : "";
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
