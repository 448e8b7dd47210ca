#include "conductor/workload_book.hpp"

namespace wedgehog::conductor {

void workload_book::began(agent::request_id request, plan::workload const& what) {
  all_[what.name] = {.request = request, .what = what};
}

void workload_book::take(timeline::signal const& one) {
  auto const* seen = std::get_if<timeline::workload>(&one.what);
  if (seen == nullptr) return;
  auto const found = all_.find(seen->name);
  if (found == all_.end() || !found->second.gone_with.empty()) return;
  found->second.done = seen->done;
  // Once it has ended, only began() makes it run again: a report may be late.
  if (seen->state == "ended") found->second.ended = true;
}

void workload_book::ended(std::string const& name) {
  if (auto const found = all_.find(name); found != all_.end()) found->second.ended = true;
}

void workload_book::forget_guest(std::string const& why) {
  for (auto& [name, one] : all_) {
    if (one.ended) continue;
    one.ended = true;
    one.gone_with = why;
  }
}

running_workload const* workload_book::find(std::string const& name) const {
  auto const found = all_.find(name);
  return found == all_.end() ? nullptr : &found->second;
}

}  // namespace wedgehog::conductor
