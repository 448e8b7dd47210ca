// What every life keeps, whatever its day brings. Each promise is a pure function of what is left
// of a life, so that a record that was spoiled on purpose can prove that it would be noticed.
//
// How to add one: a function and a line in promises.cpp, and a mutation in promises_test.cpp that
// breaks it: a promise without a mutation fails a test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/life.hpp"

namespace wedgehog::simulation {

struct promise {
  std::string_view name;
  // How it was broken; empty: it was kept.
  std::string (*broken)(record const&);
};
[[nodiscard]] std::vector<promise> const& promises();

// "name: how" for each that was broken.
[[nodiscard]] std::vector<std::string> broken_promises(record const& of);

// The longest that a life with this plan may take on such a day.
[[nodiscard]] loop::duration longest_life(plan::plan const& what, bad_day const& day);

}  // namespace wedgehog::simulation
