// Keeps what there is to say of a run, and says it: at once when something happened, else once a
// second as a sign of life.
#pragma once

#include "conductor/progress.hpp"
#include "loop/clock.hpp"
#include "timeline/signal.hpp"

namespace wedgehog::conductor {

class progress_teller {
 public:
  progress_teller(loop::clock& time, std::string run, progress_sink tell);

  // A phase begins, and what there is to say of that.
  void phase(std::string name, std::string note);
  // Something happened within the phase.
  void note(std::string what);
  // True when it is another than before.
  bool state(std::string_view word);
  void take(timeline::signal const& one);

  // Until cancelled.
  loop::awaitable<void> keep_telling();

 private:
  void say(std::string note);

  loop::clock& time_;
  loop::time_point began_;
  progress_sink tell_;
  progress now_;
};

}  // namespace wedgehog::conductor
