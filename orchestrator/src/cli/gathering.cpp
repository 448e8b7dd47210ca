#include "cli/gathering.hpp"

#include <fmt/format.h>

namespace wedgehog::cli {
namespace {

result<store::run_id> note(store::results_database& database, farm::run_report const& report) {
  auto const& run = report.run;
  auto const key = database.begin_run(run.facts, run.facts.owner);
  if (!key) return key.error();
  if (auto noted = database.played(key->id, run.played.value_or(folder::outcome{})); !noted)
    return noted.error();
  for (auto const& opinion : run.judgements)
    if (auto noted = database.judged(key->id, opinion); !noted) return noted.error();
  return key->id;
}

store::stored_run as_told(farm::run_report const& report) {
  store::stored_run run;
  run.key = {0, report.run.facts.name};
  run.facts = report.run.facts;
  run.played = report.run.played;
  if (!report.run.judgements.empty()) run.judged = report.run.judgements.back();
  run.reached = run.judged ? store::phase::judged : store::phase::played;
  return run;
}

}  // namespace

gathered_run gather(opened_results& into, farm::run_report const& report) {
  gathered_run done{as_told(report), {}};
  if (auto const id = note(into.database, report))
    done.run.key.id = *id;
  else
    done.trouble = id.error().message();
  done.run.wreckage = "runs/" + report.run.facts.name;
  return done;
}

}  // namespace wedgehog::cli
