#include "cli/explained.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/escape.hpp"
#include "verdict/catalogue.hpp"

namespace wedgehog::cli {
namespace {

using stretch = verdict::course::stretch;

std::string_view signals_of(std::string_view detector) {
  for (auto const& one : verdict::catalogue())
    if (one.name == detector) return one.from;
  return {};
}

std::string seconds(microseconds at) {
  return fmt::format("{:.1f} s", in_seconds(at));
}

// Aligned, but for the last column.
std::string aligned(std::vector<std::vector<std::string>> const& rows) {
  std::vector<std::size_t> widths;
  for (auto const& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (auto const& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i)
      line += i + 1 == row.size() ? " " + row[i] : fmt::format(" {:<{}} ", row[i], widths[i]);
    while (line.ends_with(' ')) line.pop_back();
    text += line + '\n';
  }
  return text;
}

// The reasons at the end of a stretch, and those at its beginning where they had other numbers.
void add_reasons(std::vector<std::vector<std::string>>& rows, std::vector<std::string> lead,
                 stretch const& of) {
  std::vector<std::string> const blank(lead.size());
  auto const put = [&](std::string const& text) {
    auto row = std::exchange(lead, blank);
    row.push_back(report::for_terminal(text));
    rows.push_back(std::move(row));
  };
  for (auto const& reason : of.last_because) put(reason);
  if (of.first_because != of.last_because && of.looks > 1)
    for (auto const& reason : of.first_because)
      if (std::find(of.last_because.begin(), of.last_because.end(), reason) ==
          of.last_because.end())
        put("at first: " + reason);
  if (of.last_because.empty() && of.first_because.empty()) put("");
}

json::object object_of(stretch const& one) {
  return {{"said", one.said},
          {"detector", one.detector},
          {"from_s", in_seconds(one.began)},
          {"until_s", in_seconds(one.until)},
          {"looks", one.looks},
          {"because", to_json(one.last_because)},
          {"because_at_first", to_json(one.first_because)}};
}

}  // namespace

std::string course_table(verdict::course const& told) {
  std::vector<std::vector<std::string>> states{{"FROM", "UNTIL", "STATE", "SAID BY", "BECAUSE"}};
  for (auto const& one : told.states())
    add_reasons(states,
                {seconds(one.began), seconds(one.until),
                 one.said + (one.counted > 0 ? " (confirmed)" : ""), std::string(one.detector)},
                one);
  std::vector<std::vector<std::string>> opinions{
      {"DETECTOR", "SAID", "FROM", "UNTIL", "LOOKS", "BELIEVED", "FROM SIGNALS", "NUMBERS"}};
  for (auto const& one : told.opinions())
    add_reasons(opinions,
                {std::string(one.detector), one.said, seconds(one.began), seconds(one.until),
                 std::to_string(one.looks),
                 one.said.starts_with("flag") || one.said == "a reason" ? "-"
                 : one.counted == 0                                     ? "no"
                 : one.counted == one.looks                             ? "yes"
                                                                        : "in part",
                 std::string(signals_of(one.detector))},
                one);
  std::string text = "\nStates over the run (a look each second; times since it began)\n" +
                     aligned(states) + "\nWhat each detector said\n" + aligned(opinions);
  if (told.left_out() > 0)
    text += fmt::format("{} stretches in the middle of the run are left out\n", told.left_out());
  return text;
}

json::object course_object(verdict::course const& told) {
  json::array states;
  for (auto const& one : told.states()) {
    auto object = object_of(one);
    object["confirmed"] = one.counted > 0;
    states.push_back(std::move(object));
  }
  json::array detectors;
  for (auto const& one : told.opinions()) {
    auto object = object_of(one);
    object["looks_believed"] = one.counted;
    object["signals"] = signals_of(one.detector);
    detectors.push_back(std::move(object));
  }
  return {{"states", std::move(states)},
          {"detectors", std::move(detectors)},
          {"left_out", told.left_out()}};
}

}  // namespace wedgehog::cli
