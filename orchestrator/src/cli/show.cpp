// wedgehog show RUN: one run, as the database or its folder knows it.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "cli/commands.hpp"
#include "cli/opened_results.hpp"
#include "cli/terminal.hpp"
#include "report/escape.hpp"
#include "report/report.hpp"

namespace wedgehog::cli {
namespace {

constexpr std::size_t most_probes = 64;

// What of a timeline a person wants to see at a glance.
struct glance {
  std::vector<timeline::probe> probes;
  // The steps that are under way, outer ones first, and when each began.
  std::vector<std::pair<microseconds, timeline::step>> steps;
  std::map<std::string, std::uint64_t> lines;  // of output, by who wrote it
};

void note(glance& seen, timeline::signal const& one) {
  if (auto const* probe = std::get_if<timeline::probe>(&one.what)) {
    if (seen.probes.size() < most_probes) seen.probes.push_back(*probe);
  } else if (auto const* step = std::get_if<timeline::step>(&one.what)) {
    std::erase_if(seen.steps, [&](auto const& each) { return each.second.path == step->path; });
    if (step->phase == "began") seen.steps.emplace_back(one.at, *step);
  } else if (auto const* output = std::get_if<timeline::output>(&one.what)) {
    ++seen.lines[output->of == "step" ? "step " + output->source : output->source];
  }
}

result<glance> glance_of(chosen_run& chosen) {
  glance seen;
  timeline::text_reader reader([&seen](timeline::signal const& one) { note(seen, one); });
  auto const read =
      chosen.each_timeline_chunk([&reader](std::string_view piece) { reader.feed(piece); });
  if (!read) return read.error();
  reader.finish();
  return seen;
}

std::string answer_of(timeline::probe const& one) {
  auto const detail = report::for_terminal(one.detail);
  if (!one.answer_s) return detail;
  return one.detail.empty() ? fmt::format("answered after {:.3f} s", *one.answer_s)
                            : fmt::format("answered after {:.3f} s ({})", *one.answer_s, detail);
}

void print_json(chosen_run const& chosen, glance const& seen, report::place const& where) {
  auto object = report::run_object(chosen.run, where);
  object["probes"] = to_json(seen.probes);
  json::array steps;
  if (store::word_of(chosen.run) == "running")
    for (auto const& [at, step] : seen.steps)
      steps.push_back({{"path", step.path}, {"what", step.what}, {"began_s", in_seconds(at)}});
  object["steps_under_way"] = std::move(steps);
  print("{}\n", json::serialize(object));
}

int show(std::string const& which, common_options const& common) {
  auto chosen = choose_run(which, common.results);
  if (!chosen) return complain_of(chosen.error());
  report::place const where{chosen->root};
  auto const seen = glance_of(*chosen);
  if (!seen) complain(seen.error().message(), 0);
  auto const& told = seen ? seen.value() : glance{};
  if (common.json) {
    print_json(*chosen, told, where);
    return 0;
  }
  print("{}", report::one_run(chosen->run, where));
  if (store::word_of(chosen->run) == "running")
    for (auto const& [at, step] : told.steps)
      print("{:<11} {}: {}, since {:.1f} s into the run\n", "step", report::for_terminal(step.path),
            report::for_terminal(step.what), in_seconds(at));
  for (auto const& [who, lines] : told.lines)
    print("{:<11} {} {} of {}: wedgehog log {} --of {}\n", "output", lines,
          lines == 1 ? "line" : "lines", report::for_terminal(who), report::for_terminal(which),
          report::for_terminal(who.starts_with("step ") ? who.substr(5) : who));
  for (auto const& one : told.probes)
    print("{:<11} {}: {}\n", "probe", report::for_terminal(one.name), answer_of(one));
  return 0;
}

}  // namespace

void add_show(CLI::App& to, common_options& common, action& act) {
  auto* command =
      to.add_subcommand("show", "Show one run: verdict, reasons, stuck tasks, where its files are");
  auto which = std::make_shared<std::string>("latest");
  command->add_option("run", *which, words_for_a_run)->capture_default_str();
  command->callback(
      [which, &common, &act] { act = [which, &common] { return show(*which, common); }; });
}

}  // namespace wedgehog::cli
