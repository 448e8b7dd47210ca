// What several forms of report say in the same words about a run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/report.hpp"

namespace wedgehog::report {

enum class outcome_class { passed, guest_failed, says_nothing, unfinished };

[[nodiscard]] outcome_class class_of(store::stored_run const& run);
// "wedged/software-wait"
[[nodiscard]] std::string verdict_and_kind(store::stored_run const& run);
// The judge's reasons, or why there is no judge's word yet.
[[nodiscard]] std::vector<std::string> reasons(store::stored_run const& run);
// "fs=xfs seed 42"; without the variant when there is none.
[[nodiscard]] std::string variant_and_seed(store::stored_run const& run);
// Empty when none was kept.
[[nodiscard]] std::string wreckage_path(store::stored_run const& run, place const& where);
// "17 syncer D flstik"
[[nodiscard]] std::string stuck_line(timeline::blocked_task const& task);
// "hold-1 (hold): 3 hits", "slow (latency): NEVER FIRED"
[[nodiscard]] std::string fault_line(store::fired_fault const& fault);
[[nodiscard]] double duration_of(store::stored_run const& run);

}  // namespace wedgehog::report
