// What was seen of each cell: hits, hours at risk, and what was void. The numerators and
// denominators of every rate.
#include <map>
#include <tuple>

#include "store/aliases.hpp"
#include "store/results_database.hpp"
#include "store/rows.hpp"

namespace wedgehog::store {
namespace {

// Campaign, recipe, variant, image, kernel.
using cell_name = std::tuple<std::string, std::string, std::string, std::string, std::string>;

// A moment after all others, as the table has them.
constexpr std::string_view end_of_time = "9999";

cell_tally& cell_in(std::map<cell_name, cell_tally>& cells, cell_name const& name) {
  auto const [place, fresh] = cells.try_emplace(name);
  auto& cell = place->second;
  if (fresh) std::tie(cell.campaign, cell.recipe, cell.variant, cell.image, cell.kernel) = name;
  return cell;
}

}  // namespace

result<std::vector<cell_tally>> results_database::exposures(cell_filter const& only) {
  auto const lock = alone();
  auto const aliases = aliases_in(database_);
  if (!aliases) return aliases.error();
  std::map<cell_name, cell_tally> cells;
  auto const add = [&](sqlite::row const& at) {
    auto& cell = cell_in(cells, {at.text(11), at.text(0), at.text(1), at.text(2), at.text(3)});
    auto const runs = at.integer(8);
    bool const failed = at.integer(5) == 1;
    // What a person stopped says no more than what died, unless it had proved a failure before.
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
  // The campaign's name of a run that counts there; nothing: another run of its ticket does.
  auto const night_of = [&](stored_run const& run) -> result<std::optional<std::string>> {
    if (run.facts.campaign.empty()) return std::optional(std::string());
    return database_.first(
        "SELECT COALESCE((SELECT name FROM campaigns WHERE uid = c.campaign), c.campaign) "
        "FROM counted_runs c WHERE c.campaign = ? AND c.uid = ?",
        {run.facts.campaign, run.facts.uid}, [](sqlite::row const& at) { return at.text(0); });
  };
  auto const since = to_text(only.since.value_or(moment{}));
  auto const until = only.until ? to_text(*only.until) : std::string(end_of_time);
  auto const ended = database_.rows(
      R"sql(SELECT recipe, variant, image, kernel, word, COALESCE(exit_code, 2) AS code,
                   COALESCE(stopped, 0) AS halted,
                   COALESCE(exit_code, 2) <> 1
                     AND (COALESCE(stopped, 0) <> 0 OR COALESCE(exit_code, 2) <> 0) AS void,
                   count(*), SUM(at_risk_ms), signature,
                   COALESCE((SELECT name FROM campaigns WHERE uid = campaign), campaign) AS night
            FROM runs
            WHERE word NOT IN ('running', 'unjudged') AND started >= ? AND started < ?
              AND (campaign = '' OR id IN (SELECT id FROM counted_runs))
            GROUP BY night, recipe, variant, image, kernel, word, code, halted, signature)sql",
      {since, until}, add);
  if (!ended) return ended.error();
  auto const unended = unfinished(only.since);
  if (!unended) return unended.error();
  for (auto const& run : *unended) {
    if (only.until && run.facts.started >= *only.until) continue;
    auto const& facts = run.facts;
    auto const night = night_of(run);
    if (!night) return night.error();
    if (!*night) continue;
    auto& cell = cell_in(cells, {**night, facts.recipe, facts.variant, facts.image, facts.kernel});
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
