#include "cli/one_look.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/escape.hpp"

namespace wedgehog::cli {

look_at::look_at(verdict::budgets const& granted, microseconds moment)
    : moment_(moment), judged_(granted, &told_) {}

void look_at::observe(timeline::signal const& one) {
  if (one.at <= moment_)
    judged_.observe(one);
  else
    goes_on_ = true;
}

microseconds look_at::when() const {
  return goes_on_ ? moment_ : std::min(moment_, judged_.latest());
}

verdict::judgement look_at::said() {
  // A run is looked at once more when it is over, and that look decides.
  if (!goes_on_) static_cast<void>(judged_.conclude());
  return judged_.at(when());
}

std::vector<look_at::opinion> look_at::opinions() {
  std::vector<opinion> all;
  if (told_.states().empty()) return all;
  auto const last = told_.states().back().until;
  for (auto const& one : told_.opinions())
    if (one.until == last) all.push_back({std::string(one.detector), one.said, one.last_because});
  return all;
}

std::string look_at::table() {
  auto const said = this->said();
  auto text =
      fmt::format("at {:.1f} s: {}{}{}\n", in_seconds(when()),
                  verdict::describe(said.state, said.kind), said.confirmed ? " (confirmed)" : "",
                  said.detector.empty() ? "" : fmt::format(", says {}", said.detector));
  for (auto const& reason : said.because)
    text += fmt::format("  {}\n", report::for_terminal(reason));
  text += "\nWhat each detector said at that look\n";
  for (auto const& one : opinions()) {
    text += fmt::format("  {:<16} {}\n", one.detector, one.said);
    for (auto const& reason : one.because)
      text += fmt::format("  {:<16}   {}\n", "", report::for_terminal(reason));
  }
  return text;
}

json::object look_at::object() {
  auto const said = this->said();
  json::array detectors;
  for (auto const& one : opinions())
    detectors.push_back(json::object{
        {"detector", one.detector}, {"said", one.said}, {"because", to_json(one.because)}});
  return {{"at_s", in_seconds(when())},          {"state", verdict::name_of(said.state)},
          {"kind", verdict::name_of(said.kind)}, {"confirmed", said.confirmed},
          {"detector", said.detector},           {"because", to_json(said.because)},
          {"detectors", std::move(detectors)}};
}

std::string course_of_signals::line(timeline::signal const& one) {
  auto const kind = timeline::kind_of(one.what);
  auto const found = counts_.find(kind);
  if (found == counts_.end())
    counts_.emplace(kind, 1);
  else
    ++found->second;
  if (kind != kind_) return {};
  ++shown_;
  return report::for_terminal(timeline::to_text(one)) + '\n';
}

std::string course_of_signals::kinds() const {
  std::string text;
  for (auto const& [kind, count] : counts_)
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", kind, count);
  return text;
}

}  // namespace wedgehog::cli
