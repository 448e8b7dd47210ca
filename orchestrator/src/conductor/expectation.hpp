// A verdict held against what the recipe expects of the run, and what both make of the exit code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/plan.hpp"
#include "verdict/run_verdict.hpp"

namespace wedgehog::conductor {

// 0 passed or slow, 1 the guest failed, 2 inconclusive or invalid.
[[nodiscard]] int exit_code_of(verdict::final_verdict const& said);
// "invalid" where the host or a fault that never fired spoiled the run; what the host does to a
// machine (paused, host-stopped, host-starved) makes it invalid too, and has its own word.
[[nodiscard]] std::string word_of(verdict::final_verdict const& said);
// "wedged", "wedged/software-wait", "slow, recovered", "wedged, answers io nmi"
[[nodiscard]] std::string describe(plan::expectation const& expected);
// Verdict, kind and recovery alone.
[[nodiscard]] bool meets(verdict::final_verdict const& said, plan::expectation const& expected);
// Whether every probe was answered that had to be.
[[nodiscard]] bool answered_all(std::vector<timeline::probe> const& asked,
                                plan::expectation const& expected);
// Whether the cause was there in time: `by` counts from the first step, which begins when the guest
// is ready. What comes before (the machine that is frozen for others is made) does not count.
[[nodiscard]] bool in_time(verdict::final_verdict const& said, std::optional<microseconds> ready,
                           plan::expectation const& expected);
// Whether the step that failed first is the one that must have: its label, or its path in the
// recipe ("3.1"; of a loop's rounds any).
[[nodiscard]] bool failed_where(timeline::step const& failed, plan::expectation const& expected);

// What the timeline tells beside the verdict.
struct seen_of_run {
  std::vector<timeline::probe> asked;
  timeline::step failed_step;         // the first that failed; without a path: none did
  std::optional<microseconds> ready;  // when the guest was
};
// All of them.
[[nodiscard]] bool fulfils(verdict::final_verdict const& said, seen_of_run const& seen,
                           plan::expectation const& expected);

}  // namespace wedgehog::conductor
