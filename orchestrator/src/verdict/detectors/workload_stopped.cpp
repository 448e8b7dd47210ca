// Somebody stopped the workload: by a signal, or by freezing its control group. The guest is well.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> workload_stopped(view const& seen) {
  auto const* work = seen.workloads.most_stuck();
  if (work == nullptr) return std::nullopt;
  auto const& name = seen.workloads.name_of_most_stuck();
  finding one;
  one.state = state_word::workload_stopped;
  if (work->state == "stopped") {
    one.because.push_back(fmt::format("'{}' is stopped; its last operation ended {:.0f} s ago",
                                      name, seen.stalled_s()));
    return one;
  }
  if (seen.stalled_s() < seen.recent_s) return std::nullopt;
  auto const* own = seen.own();
  if (own != nullptr && own->last.frozen) {
    one.because.push_back(
        fmt::format("the control group {} of '{}' is frozen; its last operation ended {:.0f} s ago",
                    own->last.group, name, seen.stalled_s()));
    return one;
  }
  if (own != nullptr && own->is_stopped()) {
    auto const* stopped = own->first_in("T");
    one.because.push_back(fmt::format(
        "{} of '{}' is stopped by a signal, and the others wait; its last operation ended {:.0f} s "
        "ago",
        stopped == nullptr ? "a task" : "'" + stopped->name + "'", name, seen.stalled_s()));
    return one;
  }
  // Nobody looks at its tasks: what a step of the plan did to a group since it last moved stands
  // for them, unless something else is seen to hold them.
  auto const& froze = seen.faults.froze_group;
  if (own != nullptr || froze.step.empty() || !seen.stuck(seen.recent_s).empty())
    return std::nullopt;
  one.because.push_back(
      fmt::format("step {} froze a control group, and '{}' made no progress for {:.0f} s since",
                  froze.step, name, seen.stalled_s()));
  return one;
}

}  // namespace wedgehog::verdict::detectors
