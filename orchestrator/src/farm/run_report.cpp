#include "farm/run_report.hpp"

namespace wedgehog::farm {

run_report report_of(folder::run_contents run) {
  run_report report;
  if (!run.judgements.empty()) report.said = run.judgements.back();
  report.interrupted = run.played && run.played->interrupted;
  report.exit_code = report.said.exit_code;
  report.run = std::move(run);
  return report;
}

}  // namespace wedgehog::farm
