// wedgehog compare A B: whether one side fails more often than the other, and how sure that is.
#include <fmt/format.h>

#include <memory>

#include "cli/commands.hpp"
#include "cli/opened_results.hpp"
#include "cli/terminal.hpp"
#include "conductor/opinion.hpp"
#include "report/comparison.hpp"
#include "report/selection.hpp"

namespace wedgehog::cli {
namespace {

struct compare_options {
  std::string a;
  std::string b;
  std::string by = "any";
  std::string signature;
};

struct chosen_side {
  report::selection wanted;
  std::vector<store::cell_tally> cells;
};

result<chosen_side> choose(std::string const& text, store::moment now,
                           store::results_database& database) {
  auto wanted = report::parse_selection(text, now);
  if (!wanted) return wanted.error();
  auto all = database.exposures(wanted->when);
  if (!all) return all.error();
  chosen_side side{.wanted = std::move(wanted.value())};
  for (auto const& cell : *all)
    if (report::selects(side.wanted, cell)) side.cells.push_back(cell);
  if (side.cells.empty())
    return recipe_error(fmt::format("'{}' selects no run: {}", text,
                                    report::what_exists_instead(side.wanted, *all)));
  return side;
}

int compare(compare_options const& asked, common_options const& common) {
  auto opened = read_results(common.results);
  if (!opened) return complain_of(opened.error());
  auto const now = conductor::wall_clock_now();
  auto const first = choose(asked.a, now, opened->database);
  if (!first) return complain_of(first.error());
  auto const second = choose(asked.b, now, opened->database);
  if (!second) return complain_of(second.error());
  auto const a = report::side_of("A", asked.a, first->cells);
  auto const b = report::side_of("B", asked.b, second->cells);
  std::vector<report::compared_failure> failures;
  if (!asked.signature.empty())
    failures = {report::failure_of(asked.signature, a, b)};
  else if (asked.by == "signature")
    failures = report::each_failure(a, b);
  else
    failures = {report::all_failures(a, b)};
  if (common.json)
    print("{}", report::comparison_json(a, b, failures));
  else
    print("{}", report::comparison_text(a, b, failures));
  return a.hours > 0 && b.hours > 0 ? 0 : exit_inconclusive;
}

}  // namespace

void add_compare(CLI::App& to, common_options& common, action& act) {
  auto* command = to.add_subcommand(
      "compare", "Whether one side fails more often than the other, and how sure that is");
  auto asked = std::make_shared<compare_options>();
  constexpr auto sides =
      "Runs: recipe=, variant=, image=, kernel=, campaign=, since=, until=, joined by ',' (or "
      "'&'), "
      "as variant=settle=60s or image=linux-6.12,since=7d";
  command->add_option("a", asked->a, sides)->required();
  command->add_option("b", asked->b, "The same")->required();
  command->add_option("--by", asked->by, "any: all failures together; signature: each of them")
      ->check(CLI::IsMember({"any", "signature"}))
      ->capture_default_str();
  command->add_option("--signature", asked->signature, "Only this failure");
  command->callback(
      [asked, &common, &act] { act = [asked, &common] { return compare(*asked, common); }; });
}

}  // namespace wedgehog::cli
