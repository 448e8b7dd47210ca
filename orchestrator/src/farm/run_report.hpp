// What a supervisor knows of a run that has ended: what its folder says.
#pragma once

#include <string>
#include <vector>

#include "folder/run_reader.hpp"

namespace wedgehog::farm {

struct run_report {
  folder::run_contents run;
  folder::judgement said;
  bool interrupted = false;
  bool again = false;   // starved by the host beside others: its plan will be done again, alone
  std::string trouble;  // how its performer ended, when that was not by itself
  int exit_code = 2;
};

[[nodiscard]] run_report report_of(folder::run_contents run);

}  // namespace wedgehog::farm
