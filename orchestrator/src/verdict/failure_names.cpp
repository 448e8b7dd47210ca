#include "verdict/failure_names.hpp"

#include "console/signature.hpp"
#include "timeline/milestones.hpp"
#include "verdict/wedge_name.hpp"

namespace wedgehog::verdict {
void failure_names::observe(timeline::signal const& one) {
  if (auto const* line = std::get_if<timeline::console_line>(&one.what)) {
    // The first crash of each weight is enough; later ones are its consequences.
    if (!severe_.empty()) return;
    if (!console_) console_.emplace(console::classifier(console::system_of(os_)));
    console_->feed(line->text);
    console_->feed("\n");
    keep_reports();
  } else if (auto const* mark = std::get_if<timeline::milestone>(&one.what)) {
    if (timeline::is(*mark, timeline::reached::guest_os) && mark->detail != os_) {
      close_console();
      os_ = mark->detail;
    }
  }
}

void failure_names::close_console() {
  if (!console_) return;
  console_->finish();
  keep_reports();
  console_.reset();
}

void failure_names::keep_reports() {
  (void)console_->take_findings();
  for (auto const& report : console_->take()) {
    if (first_.empty() && report.head.level >= console::severity::warning)
      first_ = report.signature;
    if (severe_.empty() && report.head.level >= console::severity::oops) severe_ = report.signature;
  }
}

// A kernel that died is named after what killed it, not after a warning hours before.
std::string const& failure_names::crash(bool worst) const {
  return worst && !severe_.empty() ? severe_ : first_;
}

std::string failure_names::name_for(final_verdict const& said, view const& seen) {
  close_console();
  bool const oops = said.has(flag_word::oops);
  switch (said.word) {
    case run_word::panicked:
      return crash(true);
    case run_word::wedged:
      return oops ? crash(true) : name_of_wedge(seen, said.kind);
    case run_word::locked_up:
    case run_word::rebooted:
      return crash(false);
    default:
      return oops ? crash(true) : std::string();
  }
}

}  // namespace wedgehog::verdict
