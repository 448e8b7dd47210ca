// Ends a run in its performer's stead: one that was killed, crashed or hung. What it recorded is
// judged; what proves something stays proven, anything else is an interrupted run.
#pragma once

#include <filesystem>
#include <string>

#include "folder/run_reader.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::conductor {

// Blocking. `why`: how the performer ended, for people. Of a run that had not even noted its facts
// they are taken from its order. Safe to call again, and by several at once. Blame: host, when the
// folder cannot be read or written.
result<folder::run_contents> close_abandoned(std::filesystem::path const& folder,
                                             std::string const& why, std::string const& judge);

// The run's timeline judged as it stands, by the budgets of its plan.
result<folder::timeline_extent> judge_timeline(folder::run_contents const& run,
                                               verdict::judged_run& judge);

}  // namespace wedgehog::conductor
