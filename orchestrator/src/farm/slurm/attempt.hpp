// One task is played by one attempt, or by several when Slurm starts it again: each in a folder of
// its own, each alive as long as its folder grows, whatever Slurm says. Which of them is the run,
// which is dead, and what to do next is decided here. Pure: time is passed in, and only that of the
// supervisor's own monotonic clock; no node's clock is ever read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "farm/slurm/queue.hpp"

namespace wedgehog::farm::slurm {

using age = std::chrono::nanoseconds;

struct patience {
  // A folder that did not grow for so long has nobody who writes to it. Longer than a network file
  // system keeps what it knows of a file (NFS: acregmax, 60 s).
  age lease = std::chrono::minutes(5);
  // The same where Slurm saw the end of the processes itself.
  age settle = std::chrono::seconds(65);
  // A performer that runs and says nothing for so long hangs. Longer than Slurm needs to notice
  // that a node is gone (SlurmdTimeout, 300 s) and to begin anew.
  age hang = std::chrono::minutes(15);
  // For a task to leave once its run is whole.
  age leave = std::chrono::seconds(15);
  // For performers to keep their evidence when they are asked to end.
  age evidence = std::chrono::minutes(10);
};

struct attempt {
  int restarts = 0;
  bool begun = false;         // somebody wrote to its folder beside the order
  bool sealed = false;        // its run is over, its folder whole
  bool interrupted = false;   // by a person, by preemption: not a run that counts
  std::uint64_t written = 0;  // bytes of its timeline and its words: grows while it lives
  age heard{};                // when that was seen to change
};

// Remembers since when what is seen has been so.
class task_watch {
 public:
  explicit task_watch(patience terms) : terms_(terms) {}

  // In the order of their restarts. `written`, `begun`, `sealed`, `interrupted` as they are seen.
  void saw(age now, std::vector<attempt> const& attempts);
  // Nothing: it is not in the queue. Not called when Slurm could not be asked.
  void listed(age now, std::optional<task_phase> phase);
  // The supervisor itself slept (its host was suspended): silence meanwhile proves nothing.
  void slept(age now);

  enum class act {
    wait,
    close,   // the attempt is dead: end its run in its stead
    cancel,  // nobody needs, or hears of, what Slurm still has of this task
    report,  // the attempt is the run
  };
  struct step {
    act what = act::wait;
    int restarts = 0;  // of which attempt
    std::string why{};
  };
  [[nodiscard]] step next(age now) const;
  // A `cancel` was carried out: it is not asked for again soon.
  void cancelled(age now) { cancelled_ = now; }
  [[nodiscard]] std::vector<attempt> const& attempts() const { return attempts_; }

 private:
  [[nodiscard]] age silence(attempt const& of, age now) const { return now - of.heard; }
  [[nodiscard]] bool over() const { return over_since_.has_value(); }
  [[nodiscard]] step after_the_run(attempt const& run, age now) const;
  [[nodiscard]] step when_over(age now) const;

  patience terms_;
  std::vector<attempt> attempts_;
  std::optional<task_phase> phase_;
  std::optional<age> over_since_;
  std::optional<age> won_;
  std::optional<age> cancelled_;
  int winner_ = 0;
};

}  // namespace wedgehog::farm::slurm
