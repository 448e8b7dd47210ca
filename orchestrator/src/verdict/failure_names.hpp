// The signature of a run's failure: the key under which the results database finds the same failure
// again. Folded signal by signal, in bounded memory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "console/report.hpp"
#include "timeline/signal.hpp"
#include "verdict/run_verdict.hpp"

namespace wedgehog::verdict {

// A crash is named after what the console says (class and guilty function), a wedge after the set
// of places where tasks wait.
class failure_names {
 public:
  void observe(timeline::signal const& one);
  // Empty when the run did not fail or nothing names it. Call it once, at the end.
  [[nodiscard]] std::string name_for(final_verdict const& said);
  // The tasks that were blocked when the guest was last looked at and had not run for ten seconds
  // by then: whoever waits for a busy disk runs now and then. All that were blocked, if none had
  // stood still so long.
  [[nodiscard]] std::vector<timeline::blocked_task> stuck() const;

 private:
  struct standing {
    timeline::blocked_task task;
    microseconds since;  // blocked with this count of switches
  };
  void look(timeline::guest const& guest, microseconds now);
  void keep_reports();
  void close_console();
  [[nodiscard]] std::string const& crash(bool worst) const;

  std::string os_;
  std::optional<console::report_reader> console_;
  std::string first_;   // signature of the first failure
  std::string severe_;  // of the first that damaged or ended the kernel
  std::vector<standing> blocked_;
  microseconds looked_{};
};

}  // namespace wedgehog::verdict
