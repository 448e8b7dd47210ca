// A run that has ended, on its way from its folder into the results database, and to whoever wants
// to see it.
#pragma once

#include "cli/opened_results.hpp"
#include "farm/run_report.hpp"
#include "store/run.hpp"

namespace wedgehog::cli {

// Blocking. What a locked or full database keeps from being stored is still told, from the folder;
// `trouble` says so.
struct gathered_run {
  store::stored_run run;
  std::string trouble;
};
[[nodiscard]] gathered_run gather(opened_results& into, farm::run_report const& report);

}  // namespace wedgehog::cli
