#include "conductor/console_rules.hpp"

namespace wedgehog::conductor {

console_rules::console_rules(std::vector<plan::console_rule> const& rules) {
  // The recipe was checked, so each compiles; a plan from elsewhere loses only the rule that does
  // not.
  for (auto const& rule : rules)
    if (auto compiled = pattern::compile(rule.pattern))
      rules_.push_back({std::move(compiled.value()), {rule.means, rule.name}});
}

std::optional<console_rules::hit> console_rules::ask(std::string const& line) const {
  for (auto const& rule : rules_)
    if (rule.compiled.occurs_in(line)) return rule.says;
  return std::nullopt;
}

}  // namespace wedgehog::conductor
