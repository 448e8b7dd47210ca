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
#include "folder/run_writer.hpp"
#include "report/report.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::cli {
namespace {

// An opinion is shown in any case, and stored where it can stand: of a run that has ended, over all
// that was recorded of it.
void keep(chosen_run const& chosen, store::judgement const& opinion, std::uint64_t missing) {
  auto const& run = chosen.run;
  auto const not_stored = [](std::string_view why) {
    complain(fmt::format("{}: this is how it looks, and is not stored", why), 0);
  };
  if (store::word_of(run) == "running") return not_stored("the run is under way");
  if (missing > 0) return not_stored("pieces of the timeline are missing");
  if (!chosen.database) {
    if (auto kept = folder::add_judgement(chosen.folder(), opinion); !kept)
      not_stored(kept.error().message());
    return;
  }
  auto into = store::results_database::open(chosen.database->file());
  auto const kept = into ? into->add_judgement(run, opinion, missing) : into.error();
  if (!kept) not_stored(kept.error().message());
}

int judge(std::string const& which, common_options const& common) {
  auto chosen = choose_run(which, common.results);
  if (!chosen) return complain_of(chosen.error());
  auto& run = chosen->run;
  auto const what = plan::from_text(run.facts.plan);
  if (!what) return complain(what.error().message(), exit_inconclusive);
  verdict::course told;
  verdict::judged_run judged(verdict::granted_by(what.value(), run.facts.time_scale), &told);
  timeline::text_reader reader([&judged](timeline::signal const& one) { judged.observe(one); });
  auto const damaged =
      chosen->each_timeline_chunk([&reader](std::string_view piece) { reader.feed(piece); });
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
  auto const boot_s = run.played ? run.played->boot_s : std::nullopt;
  opinion.met =
      conductor::fulfils(said, {concluded.asked, concluded.failed_step, boot_s}, what->expects);
  // Only a wedge leaves tasks worth naming.
  if (run.judged && !run.judged->stuck.empty()) opinion.stuck = concluded.stuck;
  if (!concluded.signature.empty()) opinion.signature = concluded.signature;
  keep(*chosen, opinion, *damaged);
  run.judged = opinion;
  report::place const where{chosen->root};
  if (common.json) {
    auto object = report::run_object(run, where);
    for (auto& member : course_object(told)) object[member.key()] = std::move(member.value());
    object["lines_skipped"] = reader.skipped() + *damaged;
    print("{}\n", json::serialize(object));
  } else {
    print("{}{}", report::one_run(run, where), course_table(told));
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
  command->add_option("run", *which, words_for_a_run)->capture_default_str();
  command->callback(
      [which, &common, &act] { act = [which, &common] { return judge(*which, common); }; });
}

}  // namespace wedgehog::cli
