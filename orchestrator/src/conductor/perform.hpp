// The performer: plays one run and leaves a folder that is complete in itself. Knows no database
// and no other run.
#pragma once

#include <filesystem>

#include "conductor/progress.hpp"
#include "conductor/stage.hpp"
#include "folder/record.hpp"
#include "plan/plan.hpp"

namespace wedgehog::conductor {

struct performed {
  folder::outcome played;
  folder::judgement said;
};

// `what` is stretched already; `facts` are complete but for the command line. An error (blame host)
// only when not even the folder could be begun, or not be ended: then what is there can still be
// read. Everything else is part of the verdict.
loop::awaitable<result<performed>> perform(stage& on, plan::plan what, folder::run_facts facts,
                                           std::filesystem::path into, progress_sink tell);

// 0 passed or slow, 1 the guest failed, 2 inconclusive or invalid, 130 interrupted.
[[nodiscard]] int exit_code_of(performed const& run);

}  // namespace wedgehog::conductor
