// wedgehog judge RUN: the detectors of today over a timeline of any day, and why they say what they
// say.
#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "cli/commands.hpp"
#include "cli/explained.hpp"
#include "cli/opened_results.hpp"
#include "cli/terminal.hpp"
#include "conductor/expectation.hpp"
#include "report/report.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::cli {
namespace {

int judge(std::string const& which, common_options const& common) {
  auto opened = open_results(common.results);
  if (!opened) return complain(opened.error().message(), exit_inconclusive);
  auto const run = opened->database.find(which);
  if (!run) return complain(run.error().message(), exit_usage);
  auto const what = plan::from_text(run->facts.plan);
  if (!what) return complain(what.error().message(), exit_inconclusive);
  verdict::course told;
  verdict::judged_run judged(verdict::granted_by(what.value(), run->facts.time_scale), &told);
  timeline::text_reader reader([&judged](timeline::signal const& one) { judged.observe(one); });
  auto const damaged = opened->database.each_timeline_chunk(
      run->key.id, [&reader](std::string_view piece) { reader.feed(piece); });
  if (!damaged) return complain(damaged.error().message(), exit_inconclusive);
  reader.finish();
  auto const concluded = judged.conclude();
  auto const& said = concluded.said;
  store::judgement opinion;
  opinion.judged =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  opinion.judge = "wedgehog " WEDGEHOG_VERSION;
  opinion.verdict = conductor::word_of(said);
  opinion.kind = std::string(verdict::name_of(said.kind));
  opinion.recovery = std::string(verdict::name_of(said.recovery));
  opinion.because = said.because;
  opinion.exit_code = conductor::exit_code_of(said);
  opinion.expected = conductor::describe(what->expects);
  auto const boot_s = run->played ? run->played->boot_s : std::nullopt;
  opinion.met =
      conductor::fulfils(said, {concluded.asked, concluded.failed_step, boot_s}, what->expects);
  // Only a wedge leaves tasks worth naming.
  if (run->judged && !run->judged->stuck.empty()) opinion.stuck = concluded.stuck;
  if (!concluded.signature.empty()) opinion.signature = concluded.signature;
  // A run under way is judged for whoever asks, and by its own orchestrator when it has ended.
  bool const lives = run->reached == store::phase::existed && !run->interrupted;
  if (auto const kept = lives ? result<void>() : opened->database.judged(run->key.id, opinion);
      !kept)
    return complain(kept.error().message(), exit_inconclusive);
  auto now = opened->database.load(run->key.id);
  if (!now) return complain(now.error().message(), exit_inconclusive);
  if (lives) {
    complain("the run is under way: this is how it looks until now, and is not stored", 0);
    now->judged = opinion;
  }
  report::place const where{opened->directory.root().string()};
  if (common.json) {
    auto object = report::run_object(now.value(), where);
    for (auto& member : course_object(told)) object[member.key()] = std::move(member.value());
    object["lines_skipped"] = reader.skipped() + *damaged;
    print("{}\n", json::serialize(object));
  } else {
    print("{}{}", report::one_run(now.value(), where), course_table(told));
  }
  if (*damaged > 0) complain(fmt::format("{} pieces of the timeline are damaged", *damaged), 0);
  if (reader.skipped() > 0)
    complain(fmt::format("{} lines of the timeline could not be read: {}", reader.skipped(),
                         reader.first_complaint()),
             0);
  return opinion.exit_code;
}

}  // namespace

void add_judge(CLI::App& to, common_options& common, action& act) {
  auto* command = to.add_subcommand(
      "judge",
      "Judge a stored run again, from its timeline alone, and explain it detector by detector");
  auto which = std::make_shared<std::string>("latest");
  command->add_option("run", *which, "Its number, its name, a part of its name, or latest")
      ->capture_default_str();
  command->callback(
      [which, &common, &act] { act = [which, &common] { return judge(*which, common); }; });
}

}  // namespace wedgehog::cli
