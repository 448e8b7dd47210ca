// Runs on their way from their folders into the results database: noted when they begin, completed
// when they end. The folder is the truth; what a locked or full database keeps from being stored
// is still told.
#pragma once

#include <filesystem>
#include <string>

#include "cli/opened_results.hpp"
#include "farm/run_report.hpp"
#include "store/run.hpp"

namespace wedgehog::cli {

struct gathered_run {
  store::stored_run run;
  std::string trouble;  // why it is not in the database; empty: it is
};

// Every call may wait for the disk and for other writers.
class gathering {
 public:
  explicit gathering(opened_results& into) : into_(into) {}

  // A performer has noted the facts of its run. Trouble shows when the run ends.
  void began(std::filesystem::path const& folder);
  [[nodiscard]] gathered_run ended(farm::run_report const& report);

 private:
  opened_results& into_;
};

}  // namespace wedgehog::cli
