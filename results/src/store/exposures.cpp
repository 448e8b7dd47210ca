// What was seen of each cell: hits, hours at risk, and what was void. The numerators and
// denominators of every rate.
#include <map>
#include <tuple>

#include "store/aliases.hpp"
#include "store/results_database.hpp"
#include "store/rows.hpp"

namespace wedgehog::store {
namespace {

// Recipe, variant, image, kernel.
using cell_name = std::tuple<std::string, std::string, std::string, std::string>;

// A moment after all others, as the table has them.
constexpr std::string_view end_of_time = "9999";

cell_tally& cell_in(std::map<cell_name, cell_tally>& cells, cell_name const& name) {
  auto const [place, fresh] = cells.try_emplace(name);
  auto& cell = place->second;
  if (fresh) std::tie(cell.recipe, cell.variant, cell.image, cell.kernel) = name;
  return cell;
}

}  // namespace

result<std::vector<cell_tally>> results_database::exposures(cell_filter const& only) {
  auto const lock = alone();
  auto const aliases = aliases_in(database_);
  if (!aliases) return aliases.error();
  std::map<cell_name, cell_tally> cells;
  auto const add = [&](sqlite::row const& at) {
    auto& cell = cell_in(cells, {at.text(0), at.text(1), at.text(2), at.text(3)});
    auto const runs = at.integer(8);
    bool const failed = at.integer(5) == 1;
    // What a person stopped says no more than what died.
    if (at.integer(7) != 0) {
      cell.void_runs[at.integer(6) != 0 ? "interrupted" : at.text(4)] += runs;
      return 0;
    }
    cell.runs += runs;
    cell.hours += static_cast<double>(at.integer(9)) / 3'600'000;
    if (!failed) return 0;
    if (at.null(10))
      cell.unnamed += runs;
    else
      cell.hits[canonical(*aliases, at.text(10))] += runs;
    return 0;
  };
  auto const since = to_text(only.since.value_or(moment{}));
  auto const until = only.until ? to_text(*only.until) : std::string(end_of_time);
  auto const ended = database_.rows(
      R"sql(SELECT recipe, variant, image, kernel, word, COALESCE(exit_code, 2) AS code,
                   COALESCE(stopped, 0) AS halted,
                   COALESCE(stopped, 0) <> 0 OR COALESCE(exit_code, 2) NOT IN (0, 1) AS void,
                   count(*), SUM(exposure_ms), signature
            FROM runs WHERE word NOT IN ('running', 'unjudged') AND started >= ? AND started < ?
            GROUP BY recipe, variant, image, kernel, word, code, halted, signature)sql",
      {since, until}, add);
  if (!ended) return ended.error();
  auto const unended = unfinished(only.since);
  if (!unended) return unended.error();
  for (auto const& run : *unended) {
    if (only.until && run.facts.started >= *only.until) continue;
    auto const& facts = run.facts;
    auto& cell = cell_in(cells, {facts.recipe, facts.variant, facts.image, facts.kernel});
    if (run.interrupted || run.sealed)
      ++cell.void_runs[word_of(run)];
    else
      ++cell.under_way;
  }
  std::vector<cell_tally> rows;
  for (auto& [name, cell] : cells) rows.push_back(std::move(cell));
  return rows;
}

}  // namespace wedgehog::store
