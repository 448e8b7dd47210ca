#include "collectors/guest_rest.hpp"

#include <algorithm>

namespace wedgehog::collectors {
namespace {

bool under_way(wire::workload_report const& one) {
  return one.state != wire::workload_state::none && one.state != wire::workload_state::gone;
}

bool under_way(wire::canary_report const& one) {
  return one.phase != wire::canary_phase::gone;
}

template <class Reports>
bool any_under_way(Reports const& all) {
  return std::any_of(all.begin(), all.end(), [](auto const& one) { return under_way(one); });
}

}  // namespace

void guest_rest::take(agent::event const& one, loop::time_point now) {
  if (auto const* beat = std::get_if<wire::beat>(&one)) {
    beats_[beat->source] = now;
    busy_ = any_under_way(beat->workloads) || any_under_way(beat->canaries);
  }
  if (auto const* seen = std::get_if<wire::observation>(&one))
    blocked_ = seen->blocked > 0 || !seen->blocked_tasks.empty();
  if (std::holds_alternative<agent::restarted>(one)) *this = {};
}

bool guest_rest::rests(loop::time_point now) const {
  return !beats_.empty() && !busy_ && !blocked_ &&
         std::all_of(beats_.begin(), beats_.end(),
                     [now](auto const& each) { return now - each.second <= fresh; });
}

}  // namespace wedgehog::collectors
