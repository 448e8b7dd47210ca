// wedgehog show RUN, wedgehog results list|tally|signatures|report: what the results database
// knows.
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <memory>

#include "base/units.hpp"
#include "cli/commands.hpp"
#include "cli/opened_results.hpp"
#include "report/escape.hpp"
#include "report/report.hpp"

namespace wedgehog::cli {
namespace {

struct options {
  std::string run = "latest";
  std::string recipe;
  std::string verdict;
  std::string signature;
  std::string since;
  std::int64_t limit = 50;
  std::string format = "text";
};

result<store::run_filter> filter_of(options const& asked) {
  store::run_filter filter;
  if (!asked.recipe.empty()) filter.recipe = asked.recipe;
  if (!asked.verdict.empty()) filter.verdict = asked.verdict;
  if (!asked.signature.empty()) filter.signature = asked.signature;
  if (!asked.since.empty()) {
    auto const ago = parse_duration(asked.since);
    if (!ago) return ago.error();
    filter.since = std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now() - *ago);
  }
  filter.limit = asked.limit;
  return filter;
}

result<std::vector<timeline::probe>> probes_of(store::results_database& database,
                                               store::run_id run) {
  std::vector<timeline::probe> found;
  timeline::text_reader reader([&found](timeline::signal const& one) {
    if (auto const* probe = std::get_if<timeline::probe>(&one.what); probe && found.size() < 64)
      found.push_back(*probe);
  });
  auto const read =
      database.each_timeline_chunk(run, [&reader](std::string_view piece) { reader.feed(piece); });
  if (!read) return read.error();
  reader.finish();
  return found;
}

int show(options const& asked, common_options const& common) {
  auto opened = open_results(common.results);
  if (!opened) return complain(opened.error().message(), exit_inconclusive);
  auto const run = opened->database.find(asked.run);
  if (!run) return complain(run.error().message(), exit_usage);
  report::place const where{opened->directory.root().string()};
  auto const probes = probes_of(opened->database, run->key.id);
  if (!probes) return complain(probes.error().message(), exit_inconclusive);
  if (common.json) {
    auto object = report::run_object(run.value(), where);
    object["probes"] = to_json(probes.value());
    fmt::print("{}\n", json::serialize(object));
    return 0;
  }
  fmt::print("{}", report::one_run(run.value(), where));
  for (auto const& one : probes.value())
    fmt::print("{:<11} {}: {}\n", "probe", report::for_terminal(one.name),
               !one.answer_s        ? report::for_terminal(one.detail)
               : one.detail.empty() ? fmt::format("answered after {:.3f} s", *one.answer_s)
                                    : fmt::format("answered after {:.3f} s ({})", *one.answer_s,
                                                  report::for_terminal(one.detail)));
  return 0;
}

int list(options const& asked, common_options const& common) {
  auto opened = open_results(common.results);
  if (!opened) return complain(opened.error().message(), exit_inconclusive);
  auto const filter = filter_of(asked);
  if (!filter) return complain(filter.error().message(), exit_usage);
  auto const runs = opened->database.list(filter.value());
  if (!runs) return complain(runs.error().message(), exit_inconclusive);
  report::place const where{opened->directory.root().string()};
  if (common.json) {
    for (auto const& run : runs.value()) fmt::print("{}", report::run_json(run, where));
  } else if (asked.format == "junit") {
    fmt::print("{}", report::junit_xml(runs.value(), where));
  } else if (asked.format == "tap") {
    fmt::print("{}", report::tap(runs.value(), report::tap_version::v14, where));
  } else if (asked.format == "html") {
    fmt::print("{}", report::html_page(runs.value(), where));
  } else {
    fmt::print("{}", report::run_table(runs.value()));
  }
  return 0;
}

int tally(common_options const& common) {
  auto opened = open_results(common.results);
  if (!opened) return complain(opened.error().message(), exit_inconclusive);
  auto const tallies = opened->database.tallies(std::nullopt);
  if (!tallies) return complain(tallies.error().message(), exit_inconclusive);
  fmt::print("{}", report::tally_table(tallies.value()));
  return 0;
}

int signatures(common_options const& common) {
  auto opened = open_results(common.results);
  if (!opened) return complain(opened.error().message(), exit_inconclusive);
  auto const seen = opened->database.signatures(std::nullopt);
  if (!seen) return complain(seen.error().message(), exit_inconclusive);
  fmt::print("{}", report::signature_table(seen.value()));
  return 0;
}

}  // namespace

void add_show(CLI::App& to, common_options& common, action& act) {
  auto* command =
      to.add_subcommand("show", "Show one run: verdict, reasons, stuck tasks, wreckage");
  auto asked = std::make_shared<options>();
  command->add_option("run", asked->run, "Its number, its name, a part of its name, or latest")
      ->capture_default_str();
  command->callback(
      [asked, &common, &act] { act = [asked, &common] { return show(*asked, common); }; });
}

void add_results(CLI::App& to, common_options& common, action& act) {
  auto* results =
      to.add_subcommand("results", "What the results database knows: list, tally, signatures");
  results->require_subcommand(1);
  auto asked = std::make_shared<options>();
  auto* listing = results->add_subcommand("list", "The runs, newest first");
  listing->add_option("--recipe", asked->recipe, "Only this recipe (its name)");
  listing->add_option("--verdict", asked->verdict,
                      "Only this verdict (wedged, passed, interrupted …)");
  listing->add_option("--signature", asked->signature, "Only this signature");
  listing->add_option("--since", asked->since, "Only runs started within this time (12h, 7d)");
  listing->add_option("--limit", asked->limit, "At most so many")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  listing->add_option("--format", asked->format, "text, junit, tap or html")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "junit", "tap", "html"}));
  listing->callback(
      [asked, &common, &act] { act = [asked, &common] { return list(*asked, common); }; });
  auto* tallies = results->add_subcommand(
      "tally", "How often each recipe and variant ended how, and over how many hours");
  tallies->callback([&common, &act] { act = [&common] { return tally(common); }; });
  auto* names =
      results->add_subcommand("signatures", "Failures by their signature, most often seen first");
  names->callback([&common, &act] { act = [&common] { return signatures(common); }; });
}

}  // namespace wedgehog::cli
