// What several forms of report say in the same words about a run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/report.hpp"

namespace wedgehog::report {

enum class outcome_class { passed, guest_failed, says_nothing, unfinished };

// As the exit code has it, but that the recipe's expectation decides: a run that passed and was
// expected to do otherwise has failed. What says nothing is no failure, whatever was expected.
[[nodiscard]] outcome_class class_of(store::stored_run const& run);
[[nodiscard]] bool against_expectation(store::stored_run const& run);
// "wedged/software-wait"
[[nodiscard]] std::string verdict_and_kind(store::stored_run const& run);
// The judge's reasons, or why there is no judge's word yet.
[[nodiscard]] std::vector<std::string> reasons(store::stored_run const& run);
// What tells it from the others of its recipe: "fs=xfs on linux 6.1.0-57-cloud-amd64 seed 42".
[[nodiscard]] std::string variant_guest_and_seed(store::stored_run const& run);
// Where all of a run is. Empty: a run of before there were folders.
[[nodiscard]] std::string folder_path(store::stored_run const& run, place const& where);
// Where what was kept of a run that did not pass is; empty when none was kept.
[[nodiscard]] std::string wreckage_path(store::stored_run const& run, place const& where);
// "17 syncer D flstik"
[[nodiscard]] std::string stuck_line(timeline::blocked_task const& task);
// "hold-1 (hold): 3 hits", "slow (latency): NEVER FIRED"
[[nodiscard]] std::string fault_line(store::fired_fault const& fault);
[[nodiscard]] double duration_of(store::stored_run const& run);

}  // namespace wedgehog::report
