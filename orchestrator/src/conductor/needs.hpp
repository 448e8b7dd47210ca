// What a plan needs of the machine that plays it and of the guest in it, held against what they
// have: said before anything boots. Pure.
#pragma once

#include <string>
#include <vector>

#include "guest/profile.hpp"
#include "plan/plan.hpp"
#include "vm/needs.hpp"

namespace wedgehog::conductor {

struct lack {
  std::string what;  // "fault sigstop (stop-1)", "step pause, line 12"
  std::string why;   // "the machine has no stop-by-signal (SIGSTOP and SIGCONT reach it)"
  // The plan cannot be played; else something is left out, and the run says so.
  bool refuses = true;
  bool operator==(lack const&) const = default;
};

[[nodiscard]] std::vector<lack> lacks_of(plan::plan const& what, vm::abilities const& machine,
                                         guest::profile const& guest);
// Those that refuse, in one line; empty when the plan can be played.
[[nodiscard]] std::string refusal_of(std::vector<lack> const& all);

// What each kind of step needs, by its word.
struct step_kind {
  std::string_view word;
  vm::needs needs;
};
[[nodiscard]] std::vector<step_kind> const& step_catalogue();

// What each piece of evidence needs: without it, it is missing from the wreckage.
struct evidence_kind {
  std::string_view name;
  vm::needs needs;
};
[[nodiscard]] std::vector<evidence_kind> const& evidence_catalogue();

}  // namespace wedgehog::conductor
