// What the judge said of a run, as it is kept: with the recipe's expectation held against it.
#pragma once

#include <string>
#include <vector>

#include "conductor/expectation.hpp"
#include "folder/record.hpp"
#include "folder/wall_clock.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::conductor {

struct opinion_terms {
  plan::expectation const& expected;
  std::vector<timeline::probe> asked;  // when the evidence was complete
  std::string judge;                   // who: "wedgehog 0.3.0"
  folder::moment when;
};
[[nodiscard]] folder::judgement opinion_of(verdict::judged_run::conclusion const& concluded,
                                           opinion_terms const& terms);

using folder::wall_clock_now;

}  // namespace wedgehog::conductor
