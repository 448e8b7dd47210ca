// wedgehog judge RUN: the detectors of today over a timeline of any day, and why they say what they
// say.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "cli/commands.hpp"
#include "cli/explained.hpp"
#include "cli/one_look.hpp"
#include "cli/opened_results.hpp"
#include "cli/terminal.hpp"
#include "conductor/opinion.hpp"
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

struct options {
  std::string run = "latest";
  std::string at;      // a moment, "75s"
  std::string signal;  // a kind
};

// One moment, or the course of one kind of signal: shown, never stored.
int show_part(options const& asked, common_options const& common) {
  auto chosen = choose_run(asked.run, common.results);
  if (!chosen) return complain_of(chosen.error());
  auto const what = plan::from_text(chosen->run.facts.plan);
  if (!what) return complain(what.error().message(), exit_inconclusive);
  std::optional<microseconds> moment;
  if (!asked.at.empty()) {
    auto const at = parse_duration(asked.at);
    if (!at) return complain("--at: " + at.error().message(), exit_usage);
    moment = at.value();
  }
  look_at look(verdict::granted_by(what.value(), chosen->run.facts.time_scale),
               moment.value_or(microseconds::max()));
  course_of_signals course(asked.signal);
  timeline::text_reader reader([&](timeline::signal const& one) {
    if (asked.signal.empty())
      look.observe(one);
    else if (!moment || one.at <= *moment)
      print("{}", course.line(one));
  });
  auto const damaged =
      chosen->each_timeline_chunk([&reader](std::string_view piece) { reader.feed(piece); });
  if (!damaged) return complain(damaged.error().message(), exit_inconclusive);
  reader.finish();
  if (asked.signal.empty()) {
    if (common.json)
      print("{}\n", json::serialize(look.object()));
    else
      print("{}", look.table());
  } else if (course.shown() == 0) {
    return complain(
        fmt::format("the run has no signal '{}'; it has {}", asked.signal, course.kinds()),
        exit_usage);
  }
  return 0;
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
  auto const opinion = conductor::opinion_of(concluded, {.expected = what->expects,
                                                         .asked = judged.asked(),
                                                         .judge = "wedgehog " WEDGEHOG_VERSION,
                                                         .when = conductor::wall_clock_now()});
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
  auto asked = std::make_shared<options>();
  command->add_option("run", asked->run, words_for_a_run)->capture_default_str();
  command->add_option(
      "--at", asked->at,
      "How it looked then, from what was seen until then: a time since it began, 75s");
  command->add_option("--signal", asked->signal,
                      "The course of one kind of signal, a line each (with --at: until then)");
  command->callback([asked, &common, &act] {
    act = [asked, &common] {
      bool const part = !asked->at.empty() || !asked->signal.empty();
      return part ? show_part(*asked, common) : judge(asked->run, common);
    };
  });
}

}  // namespace wedgehog::cli
