// wedgehog judge RUN: the detectors of today over a timeline of any day.
#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "cli/commands.hpp"
#include "cli/opened_results.hpp"
#include "conductor/naming.hpp"
#include "conductor/perform.hpp"
#include "conductor/rejudge.hpp"
#include "report/report.hpp"

namespace wedgehog::cli {
namespace {

int judge(std::string const& which, common_options const& common) {
  auto opened = open_results(common.results);
  if (!opened) return complain(opened.error().message(), exit_inconclusive);
  auto const run = opened->database.find(which);
  if (!run) return complain(run.error().message(), exit_usage);
  auto const timeline = opened->database.timeline_of(run->key.id);
  if (!timeline) return complain(timeline.error().message(), exit_inconclusive);
  auto const what = plan::from_text(run->facts.plan);
  if (!what) return complain(what.error().message(), exit_inconclusive);
  auto const said = conductor::judge_again(timeline->signals, what.value(), run->facts.time_scale);
  store::judgement opinion;
  opinion.judged =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  opinion.judge = "wedgehog " WEDGEHOG_VERSION;
  opinion.verdict = said.invalid ? "invalid" : std::string(verdict::name_of(said.word));
  opinion.kind = std::string(verdict::name_of(said.kind));
  opinion.because = said.because;
  opinion.exit_code = conductor::exit_code_of(said);
  opinion.expected = conductor::describe(what->expects);
  opinion.met = conductor::meets(said, what->expects);
  if (run->judged) opinion.stuck = run->judged->stuck;
  if (auto const name = conductor::signature_of(said, conductor::until_evidence(timeline->signals),
                                                opinion.stuck);
      !name.empty())
    opinion.signature = name;
  if (auto const kept = opened->database.judged(run->key.id, opinion); !kept)
    return complain(kept.error().message(), exit_inconclusive);
  auto const now = opened->database.load(run->key.id);
  if (!now) return complain(now.error().message(), exit_inconclusive);
  report::place const where{opened->directory.root().string()};
  fmt::print("{}", common.json ? report::run_json(now.value(), where)
                               : report::one_run(now.value(), where));
  if (timeline->skipped > 0)
    complain(fmt::format("{} lines of the timeline could not be read: {}", timeline->skipped,
                         timeline->first_complaint),
             0);
  return opinion.exit_code;
}

}  // namespace

void add_judge(CLI::App& to, common_options& common, action& act) {
  auto* command = to.add_subcommand("judge", "Judge a stored run again, from its timeline alone");
  auto which = std::make_shared<std::string>("latest");
  command->add_option("run", *which, "Its number, its name, a part of its name, or latest")
      ->capture_default_str();
  command->callback(
      [which, &common, &act] { act = [which, &common] { return judge(*which, common); }; });
}

}  // namespace wedgehog::cli
