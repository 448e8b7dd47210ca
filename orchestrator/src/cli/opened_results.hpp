// The results directory and its database, opened together.
#pragma once

#include <string>

#include "base/error.hpp"
#include "store/results_database.hpp"
#include "store/results_directory.hpp"

namespace wedgehog::cli {

struct opened_results {
  store::results_directory directory;
  store::results_database database;
};

// `asked`: what --results said; empty means the standard place. Marks the runs whose orchestrator
// died as interrupted, and says so on stderr. Blame: host.
result<opened_results> open_results(std::string const& asked);

}  // namespace wedgehog::cli
