// Sums over many runs: of the tables that triggers keep, whole days at a time, and of the runs of
// the one day that a boundary cuts.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "store/aliases.hpp"
#include "store/results_database.hpp"
#include "store/rows.hpp"

namespace wedgehog::store {
namespace {

// The sums that make up the time since a moment: all that there are, or whole months, the whole
// days that are left of the first one, and the runs of its first day.
struct spans {
  std::int64_t month_after = 0, month_before = 0, day_after = 0, day_before = 0;
  std::int64_t all = 0;
  std::string from, until;  // of the day that is cut; empty: none is
};

spans spans_since(std::optional<moment> when) {
  spans since;
  if (!when) return since;
  since.all = -1;
  since.from = to_text(*when);
  since.until = since.from.substr(0, 10) + "U";  // after any time of that day
  std::int64_t day = 0;
  for (char c : since.from.substr(0, 10))
    if (c != '-') day = day * 10 + (c - '0');
  since.month_after = 1'000'000 + day / 100;
  since.month_before = 2'000'000;
  since.day_after = 200'000'000 + day;
  since.day_before = 200'000'000 + (day / 100 + 1) * 100;
  return since;
}

// For ?1 to ?5 as spans has them.
constexpr std::string_view in_spans =
    "(span = ?1 OR (span > ?2 AND span < ?3) OR (span > ?4 AND span < ?5))";

sqlite::parameters parameters_of(spans const& since) {
  return {since.all, since.month_after, since.month_before, since.day_after, since.day_before};
}

// Recipe, variant, image, kernel, word, kind.
using tally_key =
    std::tuple<std::string, std::string, std::string, std::string, std::string, std::string>;
struct tally_sum {
  std::int64_t runs = 0;
  std::int64_t failed = 0;
  std::int64_t exposure_ms = 0;
};

bool seen_later(signature_sighting const& a, signature_sighting const& b) {
  return std::tie(a.last, a.latest.name) > std::tie(b.last, b.latest.name);
}

// Into one row per failure.
std::vector<signature_sighting> gathered(std::vector<signature_sighting> const& all,
                                         std::map<std::string, std::string> const& aliases) {
  std::map<std::string, signature_sighting> by_name;
  for (auto const& one : all) {
    auto const name = canonical(aliases, one.signature);
    auto const [place, fresh] = by_name.try_emplace(name, one);
    auto& sum = place->second;
    sum.signature = name;
    if (one.signature != name) sum.aliases.push_back(one.signature);
    if (fresh) continue;
    auto const first = std::min(sum.first, one.first);
    auto const runs = sum.runs + one.runs;
    if (seen_later(one, sum)) {
      auto names = std::move(sum.aliases);
      sum = one;
      sum.signature = name;
      sum.aliases = std::move(names);
    }
    sum.first = first;
    sum.runs = runs;
  }
  std::vector<signature_sighting> rows;
  for (auto& [name, one] : by_name) rows.push_back(std::move(one));
  std::stable_sort(rows.begin(), rows.end(),
                   [](auto const& a, auto const& b) { return a.runs > b.runs; });
  return rows;
}

}  // namespace

result<std::vector<tally>> results_database::tallies(std::optional<moment> since,
                                                     tally_terms const& by) {
  auto const lock = alone();
  auto const parts = spans_since(since);
  std::map<tally_key, tally_sum> sums;
  auto const add = [&](sqlite::row const& at) {
    auto& sum = sums[{at.text(0), at.text(1), by.by_image ? at.text(2) : "",
                      by.by_kernel ? at.text(3) : "", at.text(4), at.text(5)}];
    sum.runs += at.integer(6);
    sum.failed += at.integer(7);
    sum.exposure_ms += at.integer(8);
    return 0;
  };
  auto const whole = database_.rows(
      fmt::format(
          "SELECT k.recipe, k.variant, k.image, k.kernel, k.word, k.kind, s.runs, s.failed, "
          "s.exposure_ms FROM "
          "(SELECT tally, SUM(runs) AS runs, SUM(failed) AS failed, SUM(exposure_ms) AS "
          "exposure_ms FROM tally_spans WHERE {} GROUP BY tally) s "
          "JOIN tally_kinds k ON k.id = s.tally",
          in_spans),
      parameters_of(parts), add);
  if (!whole) return whole.error();
  auto const cut = database_.rows(
      R"sql(SELECT recipe, variant, image, kernel, word, COALESCE(kind, ''), count(*),
                   SUM(failed), SUM(at_risk_ms)
            FROM runs WHERE started >= ? AND started < ? GROUP BY 1, 2, 3, 4, 5, 6)sql",
      {parts.from, parts.until}, add);
  if (!cut) return cut.error();
  auto const unended = unfinished(since);
  if (!unended) return unended.error();
  for (auto const& run : *unended) {
    if (!run.interrupted) continue;
    auto const& facts = run.facts;
    auto const word = run.reached == phase::existed ? "running" : "unjudged";
    auto const exposure = run.played ? run.played->exposure_s * 1000 : 0;
    auto const image = by.by_image ? facts.image : "";
    auto const kernel = by.by_kernel ? facts.kernel : "";
    auto& as_stored = sums[{facts.recipe, facts.variant, image, kernel, word, ""}];
    auto& as_it_is = sums[{facts.recipe, facts.variant, image, kernel, "interrupted", ""}];
    as_stored.runs -= 1;
    as_it_is.runs += 1;
    auto const ms = static_cast<std::int64_t>(std::clamp(exposure, 0.0, 1e11) + 0.5);
    as_stored.exposure_ms -= ms;
    as_it_is.exposure_ms += ms;
  }
  std::vector<tally> rows;
  for (auto const& [key, sum] : sums) {
    auto const& [recipe, variant, image, kernel, word, kind] = key;
    if (sum.runs != 0)
      rows.push_back({recipe, variant, image, kernel, word, kind, sum.runs, sum.failed,
                      static_cast<double>(sum.exposure_ms) / 3'600'000});
  }
  return rows;
}

result<std::vector<signature_sighting>> results_database::signatures(std::optional<moment> since) {
  auto const lock = alone();
  auto const aliases = aliases_in(database_);
  if (!aliases) return aliases.error();
  auto const parts = spans_since(since);
  auto values = parameters_of(parts);
  values.emplace_back(parts.from);
  values.emplace_back(parts.until);
  auto const seen = database_.rows(
      fmt::format(R"sql(SELECT s.signature, r.verdict, r.kind, s.runs, r.id, r.name, r.started,
                   (SELECT MIN(started) FROM runs WHERE signature = s.signature AND started >= ?6)
            FROM (SELECT signature, SUM(runs) AS runs FROM
                    (SELECT signature, runs FROM signature_spans WHERE {}
                     UNION ALL
                     SELECT signature, 1 FROM runs WHERE signature IS NOT NULL
                       AND started >= ?6 AND started < ?7)
                  GROUP BY signature HAVING SUM(runs) > 0) s
            JOIN runs r ON r.id = (SELECT id FROM runs WHERE signature = s.signature
                                   ORDER BY started DESC, uid DESC LIMIT 1))sql",
                  in_spans),
      values, [](sqlite::row const& at) {
        signature_sighting one;
        one.signature = at.text(0);
        one.verdict = at.text(1);
        one.kind = at.text(2);
        one.runs = at.integer(3);
        one.latest = {at.integer(4), at.text(5)};
        one.last = moment_in(at.text(6));
        one.first = moment_in(at.text(7));
        return one;
      });
  if (!seen) return seen.error();
  return gathered(*seen, *aliases);
}

result<std::vector<std::string>> results_database::names_of(std::string_view signature) {
  auto const aliases = aliases_in(database_);
  if (!aliases) return aliases.error();
  auto const meant = canonical(*aliases, std::string(signature));
  std::vector<std::string> names{meant};
  for (auto const& [name, other] : *aliases)
    if (name != meant && canonical(*aliases, name) == meant) names.push_back(name);
  return names;
}

result<void> results_database::add_alias(std::string_view signature, std::string_view stands_for,
                                         moment when) {
  auto const lock = alone();
  if (signature.empty() || stands_for.empty()) return recipe_error("a signature is not empty");
  if (signature == stands_for)
    return recipe_error(fmt::format("'{}' stands for itself already", signature));
  auto const kept = database_.change(
      R"sql(INSERT INTO aliases VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET stands_for = excluded.stands_for, noted = excluded.noted)sql",
      {signature, stands_for, to_text(when)});
  if (!kept) return kept.error();
  return {};
}

result<void> results_database::remove_alias(std::string_view signature) {
  auto const lock = alone();
  auto const removed = database_.change("DELETE FROM aliases WHERE signature = ?", {signature});
  if (!removed) return removed.error();
  if (*removed == 0)
    return recipe_error(fmt::format("'{}' is no alias of another signature", signature));
  return {};
}

}  // namespace wedgehog::store
