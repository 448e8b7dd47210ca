// Where everything that is seen of a run comes together: stamps each signal, hands it to the judge,
// keeps it for the run's folder, and tells those who wait for something (a console line, a
// workload's end).
#pragma once

#include <functional>
#include <list>
#include <string>

#include "folder/chunker.hpp"
#include "loop/clock.hpp"
#include "timeline/milestones.hpp"
#include "timeline/signal.hpp"

namespace wedgehog::conductor {

class recorder {
 public:
  using watcher = std::function<void(timeline::signal const&)>;
  // Pieces of timeline text that are due; called on the loop, must not block.
  using keeper = std::function<void(std::string)>;

  recorder(loop::clock& time, keeper keep);

  // A watcher that records something itself is told of that after the others have been told of
  // this one.
  void record(timeline::payload what);
  void reach(timeline::reached what, std::string detail = {});
  // Hands over what was not due yet.
  void flush();

  [[nodiscard]] microseconds now() const;
  [[nodiscard]] std::uint64_t signals() const { return signals_; }

  // Watches until it goes out of scope, which may be while it, or another, is being told.
  class watch {
   public:
    watch(recorder& from, watcher what);
    ~watch();
    watch(watch const&) = delete;
    watch& operator=(watch const&) = delete;

   private:
    recorder& from_;
    std::list<watcher>::iterator place_;
  };

 private:
  void tell(timeline::signal const& one);

  loop::clock& time_;
  loop::time_point began_;
  keeper keep_;
  folder::chunker chunker_;
  std::list<watcher> watchers_;
  std::list<timeline::signal> untold_;
  bool telling_ = false;
  std::uint64_t signals_ = 0;
};

}  // namespace wedgehog::conductor
