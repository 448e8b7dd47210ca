// Recipes drawn from a seed: small, of every kind of step and fault that the catalogues have, so
// that what is added to them is played without a word here.
#pragma once

#include <string>

#include "base/chance.hpp"
#include "plan/plan.hpp"

namespace wedgehog::simulation {

// A recipe's text that is right; its plan has `seed`.
struct drawn {
  std::string text;
  plan::plan what;
};
[[nodiscard]] drawn draw_plan(std::uint64_t seed);

// One fault of this kind as a recipe has it, on one of the disks "data" and "other". What only some
// combinations of its parameters allow may be wrong.
[[nodiscard]] std::string draw_fault(chance& luck, std::string_view kind, std::string const& as);

// Of a recipe's text that is right.
[[nodiscard]] plan::plan plan_of(std::string_view text);
// The beginning of a recipe, which ends amid its steps: a worker writes and syncs again and again,
// with a pause of so many seconds in between ("0.2"). `budgets` is a YAML mapping.
[[nodiscard]] std::string recipe_of_a_worker(std::string_view name, std::string_view budgets,
                                             std::string_view pause);
// Of a recipe in the tree, the first of its plans.
[[nodiscard]] result<plan::plan> shipped_plan(std::string const& file);

// What the model's machine lacks (a control group of this host) is refused before a run begins.
[[nodiscard]] bool can_be_played(std::string_view fault);

}  // namespace wedgehog::simulation
