#include "cli/gathering.hpp"

namespace wedgehog::cli {
namespace {

store::stored_run as_told(farm::run_report const& report) {
  store::stored_run run;
  run.key = {0, report.run.facts.name};
  run.facts = report.run.facts;
  run.played = report.run.played;
  if (!report.run.judgements.empty()) run.judged = report.run.judgements.back();
  run.reached = run.judged ? store::phase::judged : store::phase::played;
  return run;
}

// Of a run that ended well nothing is there to look into.
std::string wreckage_of(farm::run_report const& report) {
  return report.exit_code == 0 ? "" : "runs/" + report.run.folder.filename().string();
}

}  // namespace

void gathering::began(std::filesystem::path const& folder) {
  auto const run = folder::read_run(folder);
  if (!run || run->facts.uid.empty()) return;
  if (auto const key = into_.database.begin_run(run->facts, run->facts.owner)) {
    begun_[run->facts.uid] = key->id;
    (void)into_.database.keep_wreckage(key->id, "runs/" + folder.filename().string(), {});
  }
}

result<store::run_id> gathering::note(farm::run_report const& report) {
  auto const& run = report.run;
  auto& database = into_.database;
  auto found = begun_.find(run.facts.uid);
  if (found == begun_.end()) {
    auto const key = database.begin_run(run.facts, run.facts.owner);
    if (!key) return key.error();
    found = begun_.emplace(run.facts.uid, key->id).first;
  }
  auto const id = found->second;
  if (!report.run.judgements.empty() || !report.interrupted)
    if (auto noted = database.played(id, run.played.value_or(folder::outcome{})); !noted)
      return noted.error();
  for (auto const& opinion : run.judgements)
    if (auto noted = database.judged(id, opinion); !noted) return noted.error();
  if (auto noted = database.keep_wreckage(id, wreckage_of(report), {}); !noted)
    return noted.error();
  return id;
}

gathered_run gathering::ended(farm::run_report const& report) {
  gathered_run done{as_told(report), {}};
  done.run.wreckage = wreckage_of(report);
  if (auto const id = note(report)) {
    if (auto stored = into_.database.load(*id)) done.run = std::move(*stored);
  } else {
    done.trouble = id.error().message();
  }
  return done;
}

}  // namespace wedgehog::cli
