// The signature of a run's failure: the key under which the results database finds the same failure
// again. Folded signal by signal, in bounded memory.
#pragma once

#include <optional>
#include <string>

#include "console/report.hpp"
#include "timeline/signal.hpp"
#include "verdict/run_verdict.hpp"
#include "verdict/view/view.hpp"

namespace wedgehog::verdict {

// A crash is named after what the console says (class and guilty function), a wedge as
// wedge_name says.
class failure_names {
 public:
  void observe(timeline::signal const& one);
  // Empty when the run did not fail or nothing names it. `seen` has observed the same. Call it
  // once, at the end.
  [[nodiscard]] std::string name_for(final_verdict const& said, view const& seen);

 private:
  void keep_reports();
  void close_console();
  [[nodiscard]] std::string const& crash(bool worst) const;

  std::string os_;
  std::optional<console::report_reader> console_;
  std::string first_;   // signature of the first failure
  std::string severe_;  // of the first that damaged or ended the kernel
};

}  // namespace wedgehog::verdict
