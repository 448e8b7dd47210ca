#include "conductor/run_context.hpp"

namespace wedgehog::conductor {
namespace {

// Every pattern that an `expect` of the plan asks about, at any depth.
void gather(std::vector<plan::step> const& steps, std::vector<std::string>& out) {
  for (auto const& step : steps) {
    if (auto const* expect = std::get_if<plan::expect>(&step.what);
        expect != nullptr && !expect->pattern.empty())
      out.push_back(expect->pattern);
    if (auto const* again = std::get_if<plan::loop>(&step.what)) gather(again->steps, out);
    if (auto const* groups = std::get_if<plan::parallel>(&step.what))
      for (auto const& group : groups->groups) gather(group, out);
  }
}

}  // namespace

pattern_watch::pattern_watch(plan::plan const& what) {
  std::vector<std::string> texts;
  gather(what.steps, texts);
  // The recipe was checked, so each compiles; one that does not can never be seen.
  for (auto const& text : texts)
    if (auto compiled = pattern::compile(text))
      patterns_.emplace(text, one_pattern{std::move(compiled.value()), false});
}

void pattern_watch::take(timeline::signal const& one) {
  auto const* line = std::get_if<timeline::console_line>(&one.what);
  if (line == nullptr) return;
  for (auto& [text, watched] : patterns_)
    watched.seen = watched.seen || watched.compiled.occurs_in(line->text);
}

bool pattern_watch::seen(std::string const& text) const {
  auto const found = patterns_.find(text);
  return found != patterns_.end() && found->second.seen;
}

}  // namespace wedgehog::conductor
