// The recipe's own console rules, asked in order before anybody else sees a line: so a harmless
// message can stand above its longer, fatal twin. No I/O.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/pattern.hpp"
#include "plan/plan.hpp"

namespace wedgehog::conductor {

class console_rules {
 public:
  explicit console_rules(std::vector<plan::console_rule> const& rules);

  struct hit {
    plan::severity means = plan::severity::warning;
    std::string name;
  };
  // The first rule that matches; nothing when none does.
  [[nodiscard]] std::optional<hit> ask(std::string const& line) const;

 private:
  struct one_rule {
    pattern compiled;
    hit says;
  };
  std::vector<one_rule> rules_;
};

}  // namespace wedgehog::conductor
