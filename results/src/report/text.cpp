#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/units.hpp"
#include "report/columns.hpp"
#include "report/escape.hpp"
#include "report/facts.hpp"

namespace wedgehog::report {
namespace {

constexpr std::size_t frames_shown = 6;

std::string spoken(double seconds) {
  return describe_duration(microseconds(static_cast<std::int64_t>(seconds * 1e6)));
}

std::string minute_of(store::moment when) {
  auto text = store::to_text(when).substr(0, 16);
  text[10] = ' ';
  return text;
}

std::string with_kind(std::string const& verdict, std::string const& kind) {
  return kind.empty() ? verdict : verdict + "/" + kind;
}

std::string also_called(store::signature_sighting const& one) {
  std::string text = for_terminal(one.signature) + " is also called";
  for (auto const& alias : one.aliases) text += " " + for_terminal(alias);
  return text + '\n';
}

// ", and at risk for 30 s of it": not the time until a failure was noticed.
std::string until_failure(store::stored_run const& run) {
  if (!run.judged || !run.judged->failed_for_s) return {};
  return fmt::format(", and at risk for {} of it",
                     spoken(folder::at_risk_s(*run.played, *run.judged)));
}

void put_stuck(std::string& text, std::vector<timeline::blocked_task> const& stuck) {
  if (stuck.empty()) return;
  text += "stuck tasks\n";
  for (auto const& task : stuck) {
    text += "  " + for_terminal(stuck_line(task)) + '\n';
    for (std::size_t i = 0; i < std::min(frames_shown, task.frames.size()); ++i)
      text += "      " + for_terminal(task.frames[i]) + '\n';
    if (task.frames.size() > frames_shown)
      text += fmt::format("      … {} more\n", task.frames.size() - frames_shown);
  }
}

}  // namespace

std::string one_run(store::stored_run const& run, place const& where) {
  std::string text =
      fmt::format("{}  {}\n", for_terminal(verdict_and_kind(run)), for_terminal(run.key.name));
  for (auto const& reason : reasons(run)) text += "  because " + for_terminal(reason) + '\n';
  if (run.judged && !run.judged->expected.empty())
    text += fmt::format("  expected {}: {}\n", for_terminal(run.judged->expected),
                        run.judged->met ? "met" : "not met");
  auto const line = [&](std::string_view label, std::string const& value) {
    if (!value.empty()) text += fmt::format("{:<11} {}\n", label, for_terminal(value));
  };
  auto const& facts = run.facts;
  line("recipe", facts.recipe_file.empty()
                     ? facts.recipe
                     : fmt::format("{} ({})", facts.recipe, facts.recipe_file));
  line("variant", facts.variant);
  line("seed", std::to_string(facts.seed));
  line("guest", facts.kernel.empty() ? facts.image
                                     : fmt::format("{}, kernel {}", facts.image, facts.kernel));
  line("host", fmt::format("{}, QEMU {}, {}{}", facts.host, facts.qemu, facts.accelerator,
                           facts.time_scale == 1 ? std::string()
                                                 : fmt::format(", times x{}", facts.time_scale)));
  line("started", store::to_text(facts.started));
  if (run.played) {
    line("took", fmt::format("{}, exposed {}{}", spoken(run.played->duration_s),
                             spoken(run.played->exposure_s), until_failure(run)));
    line("ended", run.played->ended);
    line("steps", run.played->steps);
    for (auto const& fault : run.played->faults) line("fault", fault_line(fault));
  }
  if (run.judged) {
    line("signature", run.judged->signature.value_or(""));
    put_stuck(text, run.judged->stuck);
  }
  if (run.folder.empty())
    line("wreckage", wreckage_path(run, where));
  else
    line("folder", folder_path(run, where));
  if (run.removed)
    line("removed",
         fmt::format("timeline and evidence, {}, to make room", minute_of(*run.removed)));
  return text;
}

std::string run_table(std::span<store::stored_run const> runs) {
  if (runs.empty()) return "no runs\n";
  std::vector<std::vector<std::string>> rows{
      {"ID", "STARTED (UTC)", "RUN", "VARIANT", "IMAGE", "KERNEL", "VERDICT", "TOOK", "SIGNATURE"}};
  for (auto const& run : runs)
    rows.push_back({std::to_string(run.key.id), minute_of(run.facts.started),
                    for_terminal(run.key.name), for_terminal(run.facts.variant),
                    for_terminal(run.facts.image), for_terminal(run.facts.kernel),
                    for_terminal(verdict_and_kind(run)),
                    run.played ? spoken(run.played->duration_s) : "-",
                    run.judged ? for_terminal(run.judged->signature.value_or("")) : ""});
  return straightened(rows);
}

std::string tally_table(std::span<store::tally const> tallies) {
  if (tallies.empty()) return "no runs\n";
  auto const told = [&](auto const& member) {
    return std::any_of(tallies.begin(), tallies.end(),
                       [&](store::tally const& one) { return !(one.*member).empty(); });
  };
  bool const images = told(&store::tally::image);
  bool const kernels = told(&store::tally::kernel);
  std::vector<std::vector<std::string>> rows;
  auto const add = [&](store::tally const& one, std::vector<std::string> const& numbers) {
    rows.push_back({for_terminal(one.recipe), for_terminal(one.variant)});
    if (images) rows.back().push_back(for_terminal(one.image));
    if (kernels) rows.back().push_back(for_terminal(one.kernel));
    rows.back().insert(rows.back().end(), numbers.begin(), numbers.end());
  };
  add({"RECIPE", "VARIANT", "IMAGE", "KERNEL", "", ""}, {"VERDICT", "RUNS", "FAILED", "EXPOSED"});
  for (auto const& one : tallies)
    add(one, {for_terminal(with_kind(one.verdict, one.kind)), std::to_string(one.runs),
              std::to_string(one.failed), fmt::format("{:.2f} h", one.exposure_hours)});
  return straightened(rows);
}

std::string signature_table(std::span<store::signature_sighting const> signatures) {
  if (signatures.empty()) return "no signatures\n";
  std::vector<std::vector<std::string>> rows{
      {"RUNS", "FIRST (UTC)", "LAST (UTC)", "VERDICT", "SIGNATURE", "LATEST RUN"}};
  std::string notes;
  for (auto const& one : signatures)
    rows.push_back({std::to_string(one.runs), minute_of(one.first), minute_of(one.last),
                    for_terminal(with_kind(one.verdict, one.kind)), for_terminal(one.signature),
                    for_terminal(one.latest.name)});
  for (auto const& one : signatures)
    if (!one.aliases.empty()) notes += also_called(one);
  return straightened(rows) + notes;
}

}  // namespace wedgehog::report
