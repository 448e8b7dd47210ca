#include "conductor/recorder.hpp"

#include <algorithm>

namespace wedgehog::conductor {

recorder::recorder(loop::clock& time, keeper keep)
    : time_(time), began_(time.now()), keep_(std::move(keep)) {}

recorder::watch::watch(recorder& from, watcher what)
    : from_(from), place_(from.watchers_.insert(from.watchers_.end(), std::move(what))) {}

recorder::watch::~watch() {
  // Whoever is being told stands in the list until all have been: it is only made deaf.
  if (from_.telling_)
    *place_ = nullptr;
  else
    from_.watchers_.erase(place_);
}

microseconds recorder::now() const {
  return std::chrono::duration_cast<microseconds>(time_.now() - began_);
}

void recorder::record(timeline::payload what) {
  untold_.push_back({now(), std::move(what)});
  ++signals_;
  if (auto due = chunker_.append(untold_.back())) keep_(std::move(*due));
  if (telling_) return;
  telling_ = true;
  for (; !untold_.empty(); untold_.pop_front()) tell(untold_.front());
  telling_ = false;
  watchers_.remove_if([](watcher const& each) { return !each; });
}

void recorder::tell(timeline::signal const& one) {
  // The list grows at its end, and never shrinks meanwhile. A watcher that ends its own watch must
  // last until it returns.
  for (auto& each : watchers_)
    if (watcher const alive = each) alive(one);
}

void recorder::reach(timeline::reached what, std::string detail) {
  record(timeline::mark(what, std::move(detail)));
}

void recorder::flush() {
  if (auto rest = chunker_.take(); !rest.empty()) keep_(std::move(rest));
}

}  // namespace wedgehog::conductor
