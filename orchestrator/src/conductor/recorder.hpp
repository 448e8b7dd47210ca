// Where everything that is seen of a run comes together: stamps each signal, hands it to the judge,
// keeps it for the results database, and tells those who wait for something (a console line, a
// workload's end).
#pragma once

#include <functional>
#include <list>
#include <string>

#include "loop/clock.hpp"
#include "folder/chunker.hpp"
#include "timeline/signal.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::conductor {

class recorder {
 public:
  using watcher = std::function<void(timeline::signal const&)>;
  // Chunks of timeline text that are due; called on the loop, must not block.
  using keeper = std::function<void(std::string)>;

  recorder(loop::clock& time, verdict::judged_run& judge, keeper keep);

  void record(timeline::payload what);
  // Hands over what was not due yet.
  void flush();

  [[nodiscard]] microseconds now() const;
  [[nodiscard]] std::uint64_t signals() const { return signals_; }

  // Watches until it goes out of scope.
  class watch {
   public:
    watch(recorder& from, watcher what)
        : from_(from), place_(from.watchers_.insert(from.watchers_.end(), std::move(what))) {}
    ~watch() { from_.watchers_.erase(place_); }
    watch(watch const&) = delete;
    watch& operator=(watch const&) = delete;

   private:
    recorder& from_;
    std::list<watcher>::iterator place_;
  };

 private:
  loop::clock& time_;
  loop::time_point began_;
  verdict::judged_run& judge_;
  keeper keep_;
  folder::chunker chunker_;
  std::list<watcher> watchers_;
  std::uint64_t signals_ = 0;
};

}  // namespace wedgehog::conductor
