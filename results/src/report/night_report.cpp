#include "report/night_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "report/columns.hpp"
#include "report/escape.hpp"
#include "report/figures.hpp"

namespace wedgehog::report {
namespace {

using cell_key = std::tuple<std::string, std::string, std::string>;

cell_key key_of(store::cell_tally const& cell) {
  return {cell.recipe, cell.variant, cell.image};
}

std::string title_of(cell_key const& key) {
  auto const& [recipe, variant, image] = key;
  return fmt::format("{}{} on {}", recipe, variant.empty() ? "" : " [" + variant + "]", image);
}

std::int64_t hits_of(store::cell_tally const& cell) {
  std::int64_t sum = cell.unnamed;
  for (auto const& [signature, hits] : cell.hits) sum += hits;
  return sum;
}

std::set<cell_key> keys_of(std::span<store::cell_tally const> cells) {
  std::set<cell_key> keys;
  for (auto const& cell : cells) keys.insert(key_of(cell));
  return keys;
}

std::vector<store::cell_tally> in_both(std::span<store::cell_tally const> cells,
                                       std::set<cell_key> const& there) {
  std::vector<store::cell_tally> both;
  for (auto const& cell : cells)
    if (there.contains(key_of(cell))) both.push_back(cell);
  return both;
}

std::map<std::string, std::int64_t> named_hits(store::cell_tally const& cell) {
  auto named = cell.hits;
  if (cell.unnamed > 0) named[""] += cell.unnamed;
  return named;
}

// Which failures were seen, and in which cells.
using sightings = std::map<std::string, std::set<cell_key>>;

void note(sightings& seen, std::span<store::cell_tally const> cells) {
  for (auto const& cell : cells)
    for (auto const& [signature, hits] : named_hits(cell)) seen[signature].insert(key_of(cell));
}

experiment::exposure exposure_in(std::span<store::cell_tally const> cells,
                                 std::string const& signature, std::set<cell_key> const& where) {
  experiment::exposure all;
  for (auto const& cell : cells) {
    if (!where.contains(key_of(cell))) continue;
    auto const named = named_hits(cell);
    auto const found = named.find(signature);
    if (found != named.end()) all.hits += static_cast<std::uint64_t>(found->second);
    all.hours += cell.hours;
  }
  return all;
}

// Those with most hits first. A failure's hours are those of the cells in which either night saw
// it: who gave them fewer runs tonight has repaired nothing.
std::vector<compared_failure> failures_in_their_cells(std::span<store::cell_tally const> here,
                                                      std::span<store::cell_tally const> there) {
  sightings seen;
  note(seen, here);
  note(seen, there);
  std::vector<compared_failure> all;
  for (auto const& [signature, where] : seen)
    all.push_back(
        {signature, exposure_in(here, signature, where), exposure_in(there, signature, where)});
  std::stable_sort(all.begin(), all.end(), [](auto const& x, auto const& y) {
    return x.a.hits + x.b.hits > y.a.hits + y.b.hits;
  });
  return all;
}

// In cells that only `here` has, and nowhere in the other night.
std::vector<compared_failure> failures_unknown_to(std::span<store::cell_tally const> there,
                                                  std::span<store::cell_tally const> here) {
  sightings known;
  note(known, there);
  auto const shared = keys_of(there);
  std::vector<store::cell_tally> own;
  for (auto const& cell : here)
    if (!shared.contains(key_of(cell))) own.push_back(cell);
  auto all = failures_in_their_cells(own, {});
  sightings elsewhere;
  note(elsewhere, in_both(here, shared));
  std::erase_if(all, [&](compared_failure const& one) {
    return known.contains(one.signature) || elsewhere.contains(one.signature);
  });
  return all;
}

std::vector<std::string> missing_in(std::set<cell_key> const& keys,
                                    std::set<cell_key> const& there) {
  std::vector<std::string> titles;
  for (auto const& key : keys)
    if (!there.contains(key)) titles.push_back(title_of(key));
  return titles;
}

std::vector<flaky_cell> flaky_of(std::span<store::cell_tally const> cells) {
  std::map<cell_key, flaky_cell> sums;
  for (auto const& cell : cells) {
    auto& sum = sums[key_of(cell)];
    sum.runs += cell.runs;
    sum.hits += hits_of(cell);
  }
  std::vector<flaky_cell> flaky;
  for (auto& [key, sum] : sums) {
    if (sum.hits == 0 || sum.hits == sum.runs) continue;
    sum.title = title_of(key);
    flaky.push_back(std::move(sum));
  }
  return flaky;
}

std::string name_of_failure(failure_of_night const& one) {
  return one.numbers.signature.empty() ? "(no signature)" : one.numbers.signature;
}

std::string summary_of(compared_side const& side) {
  std::string text = fmt::format("{} runs, {}", side.runs, spoken_hours(side.hours));
  for (auto const& [word, runs] : side.void_runs) text += fmt::format(", {} {} (void)", runs, word);
  if (side.under_way > 0) text += fmt::format(", {} under way", side.under_way);
  return text;
}

// What a reader looks at first comes first.
constexpr change reading_order[] = {change::new_, change::more_often, change::gone,
                                    change::less_often, change::no_difference};

std::string_view heading_of(change how, bool compared) {
  if (!compared) return "seen";
  switch (how) {
    case change::new_:
      return "new";
    case change::more_often:
      return "more often";
    case change::gone:
      return "gone";
    case change::less_often:
      return "less often";
    case change::no_difference:
      return "no difference shown";
  }
  return {};
}

// Of one kind, in the order of the report.
std::vector<failure_of_night const*> of_kind(night_report const& what, change how) {
  std::vector<failure_of_night const*> some;
  for (auto const& one : what.failures)
    if (one.how == how) some.push_back(&one);
  return some;
}

json::array cleaned(std::vector<std::string> const& lines) {
  json::array all;
  for (auto const& line : lines) all.emplace_back(json::string(clean(line)));
  return all;
}

bool is_bad(failure_of_night const& one) {
  return one.how == change::new_ || one.how == change::more_often;
}

std::int64_t void_in(compared_side const& side) {
  std::int64_t sum = 0;
  for (auto const& [word, runs] : side.void_runs) sum += runs;
  return sum;
}

}  // namespace

night_report report_of_night(std::string name, std::span<store::cell_tally const> cells) {
  auto const text = name;
  night_report report{.night = side_of(std::move(name), text, cells), .flaky = flaky_of(cells)};
  for (auto& one : failures_in_their_cells(cells, {}))
    report.failures.push_back({std::move(one), change::new_, ""});
  return report;
}

night_report report_of_night(std::string name, std::span<store::cell_tally const> cells,
                             std::string other, std::span<store::cell_tally const> others) {
  auto report = report_of_night(name, cells);
  auto const here = keys_of(cells);
  auto const there = keys_of(others);
  report.only_here = missing_in(here, there);
  report.only_there = missing_in(there, here);
  report.other = side_of(other, other, others);
  report.failures.clear();
  auto all = failures_in_their_cells(in_both(cells, there), in_both(others, here));
  for (auto& one : failures_unknown_to(others, cells)) all.push_back(std::move(one));
  for (auto& one : all) {
    auto sentence = sentence_of(one, report.night, *report.other);
    auto const how = change_of(one);
    report.failures.push_back({std::move(one), how, std::move(sentence)});
  }
  return report;
}

std::string night_text(night_report const& what) {
  std::string text =
      fmt::format("{}: {}\n", for_terminal(what.night.name), for_terminal(summary_of(what.night)));
  if (what.other)
    text += fmt::format("against {}: {}\n", for_terminal(what.other->name),
                        for_terminal(summary_of(*what.other)));
  for (auto const how : reading_order) {
    auto const some = of_kind(what, how);
    if (some.empty()) continue;
    text += fmt::format("\n{}\n", heading_of(how, what.other.has_value()));
    for (auto const* one : some) {
      text += fmt::format("  {}\n    {}: {} {}\n", for_terminal(name_of_failure(*one)),
                          for_terminal(what.night.name), spoken_exposure(one->numbers.a),
                          spoken_rate(one->numbers.a));
      if (what.other)
        text += fmt::format("    {}: {} {}\n    {}\n", for_terminal(what.other->name),
                            spoken_exposure(one->numbers.b), spoken_rate(one->numbers.b),
                            for_terminal(one->sentence));
    }
  }
  if (what.failures.empty()) text += "\nnothing failed\n";
  auto const section = [&](std::string_view heading, std::vector<std::string> const& lines) {
    if (lines.empty()) return;
    text += fmt::format("\n{}\n", heading);
    for (auto const& line : lines) text += "  " + for_terminal(line) + '\n';
  };
  std::vector<std::string> flaky;
  for (auto const& one : what.flaky)
    flaky.push_back(fmt::format("{}: {} of {} runs failed", one.title, one.hits, one.runs));
  section("flaky", flaky);
  section("only in this night, and in no comparison", what.only_here);
  section("only in the other night, and in no comparison", what.only_there);
  return text;
}

std::string night_json(night_report const& what) {
  auto const side = [](compared_side const& one) {
    json::object nothing;
    for (auto const& [word, runs] : one.void_runs) nothing[clean(word)] = runs;
    return json::object{{"name", clean(one.name)},
                        {"runs", one.runs},
                        {"hours", one.hours},
                        {"void", std::move(nothing)},
                        {"under_way", one.under_way}};
  };
  json::array failures;
  for (auto const& one : what.failures) {
    json::object row{{"signature", clean(one.numbers.signature)},
                     {"night", exposure_object(one.numbers.a)}};
    if (what.other) {
      row["change"] = name_of(one.how);
      row["other"] = exposure_object(one.numbers.b);
      row["in_words"] = clean(one.sentence);
    }
    failures.push_back(std::move(row));
  }
  json::array flaky;
  for (auto const& one : what.flaky)
    flaky.push_back(
        json::object{{"cell", clean(one.title)}, {"runs", one.runs}, {"hits", one.hits}});
  json::object all{{"night", side(what.night)},
                   {"failures", std::move(failures)},
                   {"flaky", std::move(flaky)},
                   {"only_here", cleaned(what.only_here)},
                   {"only_there", cleaned(what.only_there)}};
  if (what.other) all["other"] = side(*what.other);
  return one_line(all);
}

std::string night_html(night_report const& what) {
  std::string html = fmt::format(R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{0}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; padding: .25em .8em .25em 0; border-bottom: 1px solid #8884;
  vertical-align: top; }}
td {{ overflow-wrap: anywhere; }}
</style>
</head>
<body>
<h1>{0}</h1>
<p>{1}</p>
)html",
                                 for_markup(what.night.name), for_markup(summary_of(what.night)));
  if (what.other)
    html += fmt::format("<p>against {}: {}</p>\n", for_markup(what.other->name),
                        for_markup(summary_of(*what.other)));
  html +=
      "<table>\n<tr><th></th><th>failure</th><th>this night</th><th>the other</th><th></th></tr>\n";
  for (auto const how : reading_order)
    for (auto const* one : of_kind(what, how))
      html += fmt::format(
          "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
          heading_of(how, what.other.has_value()), for_markup(name_of_failure(*one)),
          for_markup(spoken_exposure(one->numbers.a) + " " + spoken_rate(one->numbers.a)),
          what.other
              ? for_markup(spoken_exposure(one->numbers.b) + " " + spoken_rate(one->numbers.b))
              : "",
          for_markup(one->sentence));
  html += "</table>\n";
  auto const list = [&](std::string_view heading, std::vector<std::string> const& lines) {
    if (lines.empty()) return;
    html += fmt::format("<h2>{}</h2>\n<ul>\n", heading);
    for (auto const& line : lines) html += fmt::format("<li>{}</li>\n", for_markup(line));
    html += "</ul>\n";
  };
  std::vector<std::string> flaky;
  for (auto const& one : what.flaky)
    flaky.push_back(fmt::format("{}: {} of {} runs failed", one.title, one.hits, one.runs));
  list("Flaky", flaky);
  list("Only in this night", what.only_here);
  list("Only in the other night", what.only_there);
  return html + "</body>\n</html>\n";
}

std::string night_junit(night_report const& what) {
  auto const bad = std::count_if(what.failures.begin(), what.failures.end(), is_bad);
  auto const nothing = void_in(what.night);
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"{}\" "
      "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\">\n",
      for_markup(what.night.name), what.failures.size() + 1, bad, nothing > 0 ? 1 : 0);
  for (auto const& one : what.failures) {
    xml += fmt::format("<testcase classname=\"{}\" name=\"{}\"", for_markup(what.night.name),
                       for_markup(name_of_failure(one)));
    if (!is_bad(one)) {
      xml += "/>\n";
      continue;
    }
    auto const words = one.sentence.empty() ? spoken_exposure(one.numbers.a) : one.sentence;
    xml += fmt::format(">\n<failure type=\"{}\" message=\"{}\"/>\n</testcase>\n",
                       heading_of(one.how, what.other.has_value()), for_markup(words));
  }
  xml += fmt::format("<testcase classname=\"{}\" name=\"void runs\"", for_markup(what.night.name));
  if (nothing > 0)
    xml += fmt::format(">\n<error type=\"void\" message=\"{}\"/>\n</testcase>\n",
                       for_markup(summary_of(what.night)));
  else
    xml += "/>\n";
  return xml + "</testsuite>\n</testsuites>\n";
}

}  // namespace wedgehog::report
