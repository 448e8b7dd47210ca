// What some faults have the guest do: a short script, run by the agent.
#pragma once

#include <string>

#include "agent/link.hpp"

namespace wedgehog::faults {

// What it printed. Blame: guest when it fails, with what it complained of.
loop::awaitable<result<std::string>> run_in_guest(agent::link& line, std::string script,
                                                  loop::duration limit);

}  // namespace wedgehog::faults
