// Console patterns of the plan are asked about lines that may be long gone, so of each it is kept
// whether it was seen.
#pragma once

#include <map>
#include <string>

#include "base/pattern.hpp"
#include "plan/plan.hpp"
#include "timeline/signal.hpp"

namespace wedgehog::conductor {

class pattern_watch {
 public:
  explicit pattern_watch(plan::plan const& what);
  void take(timeline::signal const& one);
  [[nodiscard]] bool seen(std::string const& pattern) const;

 private:
  struct watched_pattern {
    pattern compiled;
    bool seen = false;
  };
  std::map<std::string, watched_pattern> patterns_;
};

}  // namespace wedgehog::conductor
