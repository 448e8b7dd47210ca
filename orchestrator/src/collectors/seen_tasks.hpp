// The tasks of a workload as an observation tells of them -> a signal, bounded whatever the agent
// sends.
#pragma once

#include <cstddef>

#include "timeline/signal.hpp"
#include "wire/messages.hpp"

namespace wedgehog::collectors {

[[nodiscard]] timeline::workload_tasks seen_of(wire::workload_tasks const& one);
// Roughly the bytes that it takes in a timeline.
[[nodiscard]] std::size_t size_of(timeline::workload_tasks const& one);

}  // namespace wedgehog::collectors
