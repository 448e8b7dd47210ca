#include "conductor/pattern_watch.hpp"

namespace wedgehog::conductor {

pattern_watch::pattern_watch(plan::plan const& what) {
  plan::visit_steps(what, [this](plan::step const& one) {
    auto const* expect = std::get_if<plan::expect>(&one.what);
    if (expect == nullptr || expect->pattern.empty()) return;
    // The recipe was checked, so each compiles; one that does not can never be seen.
    if (auto compiled = pattern::compile(expect->pattern))
      patterns_.emplace(expect->pattern, watched_pattern{std::move(compiled.value()), false});
  });
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
