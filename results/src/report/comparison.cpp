#include "report/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiment/clean_hours.hpp"
#include "experiment/rate.hpp"
#include "experiment/ratio.hpp"
#include "report/columns.hpp"
#include "report/escape.hpp"
#include "report/figures.hpp"

namespace wedgehog::report {
namespace {

std::uint64_t hits_of(compared_side const& side, std::string const& signature) {
  auto const found = side.hits.find(signature);
  return found == side.hits.end() ? 0 : static_cast<std::uint64_t>(found->second);
}

std::uint64_t all_hits(compared_side const& side) {
  std::uint64_t sum = 0;
  for (auto const& [signature, hits] : side.hits) sum += static_cast<std::uint64_t>(hits);
  return sum;
}

std::string called(compared_failure const& one) {
  return one.signature.empty() ? "(no signature)" : for_terminal(one.signature);
}

// What the side without a hit says about the other's rate.
std::string of_the_clean(std::string const& clean, experiment::exposure const& seen,
                         std::string const& other, experiment::exposure const& old) {
  auto const needed = experiment::clean_hours_to_exclude(old);
  auto text = fmt::format(" {} was clean for {}: ", clean, spoken_hours(seen.hours));
  if (seen.hours >= needed)
    return text + fmt::format("that its rate is {}'s can be excluded at 95 %.", other);
  return text + fmt::format(
                    "that its rate is {}'s can be excluded at 95 % after {} more without a "
                    "failure.",
                    other, spoken_hours(needed - seen.hours));
}

std::string times_as_often(std::string const& more, std::string const& less, double ratio,
                           experiment::interval const& any, experiment::interval const& one) {
  if (!std::isfinite(ratio))
    return fmt::format(
        "{} fails more often than {}, {} times (95 % at any look; {} if this is the "
        "only look).",
        more, less, spoken_interval(any), spoken_interval(one));
  return fmt::format(
      "{} fails {} times as often as {} (95 %: {} at any look; {} if this is the "
      "only look).",
      more, spoken_number(ratio), less, spoken_interval(any), spoken_interval(one));
}

std::string void_of(compared_side const& side) {
  std::string text;
  for (auto const& [word, runs] : side.void_runs)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", runs, for_terminal(word));
  return text.empty() ? "-" : text;
}

json::object side_object(compared_side const& side) {
  json::object hits;
  for (auto const& [signature, count] : side.hits) hits[clean(signature)] = count;
  json::object nothing;
  for (auto const& [word, count] : side.void_runs) nothing[clean(word)] = count;
  return {{"name", clean(side.name)},   {"selection", clean(side.text)},
          {"runs", side.runs},          {"hours", side.hours},
          {"hits", std::move(hits)},    {"void", std::move(nothing)},
          {"under_way", side.under_way}};
}

json::object failure_object(compared_failure const& one, std::string const& sentence) {
  return {{"signature", clean(one.signature)},
          {"a", exposure_object(one.a)},
          {"b", exposure_object(one.b)},
          {"ratio", number_or_null(experiment::ratio_of(one.a, one.b))},
          {"ratio_one_look", interval_object(experiment::ratio_interval(one.a, one.b))},
          {"ratio_any_look", interval_object(experiment::ratio_interval_at_any_look(one.a, one.b))},
          {"in_words", clean(sentence)}};
}

}  // namespace

compared_side side_of(std::string name, std::string text,
                      std::span<store::cell_tally const> cells) {
  compared_side side{.name = std::move(name), .text = std::move(text)};
  for (auto const& cell : cells) {
    side.runs += cell.runs;
    side.hours += cell.hours;
    side.under_way += cell.under_way;
    for (auto const& [signature, hits] : cell.hits) side.hits[signature] += hits;
    if (cell.unnamed > 0) side.hits[""] += cell.unnamed;
    for (auto const& [word, runs] : cell.void_runs) side.void_runs[word] += runs;
  }
  return side;
}

compared_failure all_failures(compared_side const& a, compared_side const& b) {
  return {std::string(any_failure), {all_hits(a), a.hours}, {all_hits(b), b.hours}};
}

compared_failure failure_of(std::string const& signature, compared_side const& a,
                            compared_side const& b) {
  return {signature, {hits_of(a, signature), a.hours}, {hits_of(b, signature), b.hours}};
}

std::vector<compared_failure> each_failure(compared_side const& a, compared_side const& b) {
  auto both = a.hits;
  for (auto const& [signature, hits] : b.hits) both[signature] += hits;
  std::vector<compared_failure> all;
  for (auto const& [signature, hits] : both) all.push_back(failure_of(signature, a, b));
  std::stable_sort(all.begin(), all.end(), [](auto const& x, auto const& y) {
    return x.a.hits + x.b.hits > y.a.hits + y.b.hits;
  });
  return all;
}

change change_of(compared_failure const& one) {
  if (one.b.hits == 0 && one.a.hits > 0) return change::new_;
  if (one.a.hits == 0 && one.b.hits > 0) return change::gone;
  auto const any = experiment::ratio_interval_at_any_look(one.a, one.b);
  if (any.low > 1) return change::more_often;
  return any.high < 1 ? change::less_often : change::no_difference;
}

std::string sentence_of(compared_failure const& one, compared_side const& a,
                        compared_side const& b) {
  if (!(one.a.hours > 0) || !(one.b.hours > 0))
    return fmt::format("{} was never exposed: nothing can be compared.",
                       one.a.hours > 0 ? b.name : a.name);
  if (one.a.hits == 0 && one.b.hits == 0) {
    auto const above = [](experiment::exposure const& seen) {
      return spoken_number(experiment::rate_interval_at_any_look(seen).high);
    };
    return fmt::format(
        "Neither failed: more than {} failures an hour can be excluded at 95 % for "
        "{}, and more than {} for {}.",
        above(one.a), a.name, above(one.b), b.name);
  }
  auto const any = experiment::ratio_interval_at_any_look(one.a, one.b);
  auto const look = experiment::ratio_interval(one.a, one.b);
  auto const turned = [](experiment::interval const& of) {
    return experiment::interval{of.high > 0 ? 1 / of.high : 0, 1 / of.low};
  };
  std::string text;
  if (any.low > 1)
    text = times_as_often(a.name, b.name, experiment::ratio_of(one.a, one.b), any, look);
  else if (any.high < 1)
    text = times_as_often(b.name, a.name, experiment::ratio_of(one.b, one.a), turned(any),
                          turned(look));
  else
    text = fmt::format(
        "No difference is shown: {} may fail {} times as often as {} (95 % at any "
        "look; {} if this is the only look).",
        a.name, spoken_interval(any), b.name, spoken_interval(look));
  if (one.a.hits == 0) text += of_the_clean(a.name, one.a, b.name, one.b);
  if (one.b.hits == 0) text += of_the_clean(b.name, one.b, a.name, one.a);
  return text;
}

std::string comparison_text(compared_side const& a, compared_side const& b,
                            std::span<compared_failure const> failures) {
  std::vector<std::vector<std::string>> sides{{"", "runs", "hours", "void", ""}};
  for (auto const* side : {&a, &b})
    sides.push_back({side->name, std::to_string(side->runs), spoken_number(side->hours),
                     void_of(*side), for_terminal(side->text)});
  auto text = straightened(sides) + '\n';
  for (auto const& one : failures) {
    std::vector<std::vector<std::string>> rows{
        {called(one), "hits", "an hour (95 %)"},
        {"  " + a.name, std::to_string(one.a.hits), spoken_rate(one.a)},
        {"  " + b.name, std::to_string(one.b.hits), spoken_rate(one.b)}};
    text += straightened(rows) + "  " + sentence_of(one, a, b) + "\n\n";
  }
  text.pop_back();
  return text;
}

std::string comparison_json(compared_side const& a, compared_side const& b,
                            std::span<compared_failure const> failures) {
  json::array all;
  for (auto const& one : failures) all.push_back(failure_object(one, sentence_of(one, a, b)));
  return one_line({{"a", side_object(a)}, {"b", side_object(b)}, {"failures", std::move(all)}});
}

}  // namespace wedgehog::report
