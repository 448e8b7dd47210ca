#include <fmt/format.h>

#include "base/units.hpp"
#include "report/escape.hpp"
#include "report/facts.hpp"

namespace wedgehog::report {
namespace {

constexpr std::string_view head = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Wedgehog runs</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25em .8em .25em 0; border-bottom: 1px solid #8884;
  vertical-align: top; }
td { overflow-wrap: anywhere; }
section { margin-top: 2.5em; }
pre { overflow-x: auto; padding: .6em; background: #8882; }
.passed, .guest-failed, .says-nothing, .unfinished { font-weight: 600; }
.passed { color: #1a7f37; }
.guest-failed { color: #cf222e; }
.says-nothing { color: #9a6700; }
.unfinished { color: #6e7781; }
</style>
</head>
<body>
)html";

std::string_view style_of(outcome_class how) {
  switch (how) {
    case outcome_class::passed:
      return "passed";
    case outcome_class::guest_failed:
      return "guest-failed";
    case outcome_class::says_nothing:
      return "says-nothing";
    case outcome_class::unfinished:
      return "unfinished";
  }
  return "says-nothing";
}

std::string spoken(double seconds) {
  return describe_duration(microseconds(static_cast<std::int64_t>(seconds * 1e6)));
}

std::string marked_verdict(store::stored_run const& run) {
  return fmt::format("<span class=\"{}\">{}</span>", style_of(class_of(run)),
                     for_markup(verdict_and_kind(run)));
}

std::string table_of(std::span<store::stored_run const> runs) {
  std::string html =
      "<table>\n<thead><tr><th>Run</th><th>Recipe</th><th>Variant</th><th>Image</th><th>Kernel</th>"
      "<th>Verdict</th>"
      "<th>Started (UTC)</th><th>Took</th><th>Signature</th></tr></thead>\n<tbody>\n";
  for (auto const& run : runs)
    html += fmt::format(
        "<tr><td><a href=\"#run-{}\">{}</a></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        run.key.id, for_markup(run.key.name), for_markup(run.facts.recipe),
        for_markup(run.facts.variant), for_markup(run.facts.image), for_markup(run.facts.kernel),
        marked_verdict(run), store::to_text(run.facts.started),
        run.played ? spoken(run.played->duration_s) : "-",
        for_markup(run.judged ? run.judged->signature.value_or("") : ""));
  return html + "</tbody>\n</table>\n";
}

std::string stuck_of(store::judgement const& judged) {
  if (judged.stuck.empty()) return "";
  std::string html = "<h3>Stuck tasks</h3>\n<pre>";
  for (auto const& task : judged.stuck) {
    html += for_markup(stuck_line(task)) + '\n';
    for (auto const& frame : task.frames) html += "    " + for_markup(frame) + '\n';
  }
  return html + "</pre>\n";
}

std::string section_of(store::stored_run const& run, place const& where) {
  std::string html = fmt::format("<section id=\"run-{}\">\n<h2>{}</h2>\n<p>{}</p>\n<ul>\n",
                                 run.key.id, for_markup(run.key.name), marked_verdict(run));
  for (auto const& reason : reasons(run)) html += fmt::format("<li>{}</li>\n", for_markup(reason));
  html += "</ul>\n<table>\n";
  auto const row = [&](std::string_view label, std::string_view value) {
    if (!value.empty())
      html += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", label, for_markup(value));
  };
  auto const& facts = run.facts;
  row("Recipe", facts.recipe_file.empty() ? facts.recipe : facts.recipe_file);
  row("Variant", facts.variant);
  row("Seed", std::to_string(facts.seed));
  row("Image", facts.image);
  row("Kernel", facts.kernel);
  row("Host", facts.host);
  row("QEMU", fmt::format("{} {}", facts.qemu, facts.accelerator));
  if (run.judged) {
    row("Expected", run.judged->expected.empty()
                        ? std::string()
                        : run.judged->expected + (run.judged->met ? ": met" : ": not met"));
    row("Signature", run.judged->signature.value_or(""));
    row("Judged by", run.judged->judge);
  }
  if (run.played) {
    row("Ended", run.played->ended);
    row("Steps", run.played->steps);
    for (auto const& fault : run.played->faults) row("Fault", fault_line(fault));
  }
  if (run.folder.empty())
    row("Wreckage", wreckage_path(run, where));
  else
    row("Folder", folder_path(run, where));
  if (run.removed) row("Removed", "timeline and evidence, " + store::to_text(*run.removed));
  html += "</table>\n";
  if (run.judged) html += stuck_of(*run.judged);
  if (!facts.command_line.empty())
    html += fmt::format("<details><summary>Command line</summary><pre>{}</pre></details>\n",
                        for_markup(facts.command_line));
  if (!facts.recipe_text.empty())
    html += fmt::format("<details><summary>Recipe</summary><pre>{}</pre></details>\n",
                        for_markup(facts.recipe_text));
  return html + "</section>\n";
}

}  // namespace

std::string html_page(std::span<store::stored_run const> runs, place const& where) {
  std::string html(head);
  html += fmt::format("<h1>{} {}</h1>\n", runs.size(), runs.size() == 1 ? "run" : "runs");
  html += table_of(runs);
  for (auto const& run : runs) html += section_of(run, where);
  return html + "</body>\n</html>\n";
}

}  // namespace wedgehog::report
