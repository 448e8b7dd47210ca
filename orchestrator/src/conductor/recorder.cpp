#include "conductor/recorder.hpp"

namespace wedgehog::conductor {

recorder::recorder(loop::clock& time, verdict::judged_run& judge, keeper keep)
    : time_(time), began_(time.now()), judge_(judge), keep_(std::move(keep)) {}

microseconds recorder::now() const {
  return std::chrono::duration_cast<microseconds>(time_.now() - began_);
}

void recorder::record(timeline::payload what) {
  timeline::signal const one{now(), std::move(what)};
  ++signals_;
  judge_.observe(one);
  if (auto due = chunker_.append(one)) keep_(std::move(*due));
  // A watcher may end its own watch, so the next one is found before it is called.
  for (auto next = watchers_.begin(); next != watchers_.end();) {
    auto const current = next++;
    (*current)(one);
  }
}

void recorder::flush() {
  if (auto rest = chunker_.take(); !rest.empty()) keep_(std::move(rest));
}

}  // namespace wedgehog::conductor
