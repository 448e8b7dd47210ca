#include "verdict/failure_names.hpp"

#include <algorithm>

#include "console/signature.hpp"
#include "console/wedge.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::verdict {
namespace {

constexpr std::size_t most_stuck = 64;
// The longest wait of a healthy task without a switch was 7 s (RAID5 at 50 IOPS).
constexpr microseconds stands_still = std::chrono::seconds(10);

std::string name_of_wedge(std::vector<timeline::blocked_task> const& stuck) {
  std::vector<console::blocked_task> tasks;
  for (auto const& one : stuck)
    tasks.push_back({one.name, one.pid, one.kernel_thread, one.wait_channel, one.frames});
  return console::wedge_signature(tasks).name;
}

}  // namespace

void failure_names::observe(timeline::signal const& one) {
  if (auto const* line = std::get_if<timeline::console_line>(&one.what)) {
    // The first crash of each weight is enough; later ones are its consequences.
    if (!severe_.empty()) return;
    if (!console_) console_.emplace(console::classifier(console::system_of(os_)));
    console_->feed(line->text);
    console_->feed("\n");
    keep_reports();
  } else if (auto const* guest = std::get_if<timeline::guest>(&one.what)) {
    look(*guest, one.at);
  } else if (auto const* mark = std::get_if<timeline::milestone>(&one.what)) {
    if (timeline::is(*mark, timeline::reached::machine_started)) blocked_.clear();
    if (timeline::is(*mark, timeline::reached::guest_os) && mark->detail != os_) {
      close_console();
      os_ = mark->detail;
    }
  }
}

void failure_names::look(timeline::guest const& guest, microseconds now) {
  std::vector<standing> then = std::move(blocked_);
  blocked_.clear();
  looked_ = now;
  for (auto const& each : guest.blocked) {
    if (blocked_.size() == most_stuck) break;
    auto const known = std::find_if(then.begin(), then.end(), [&each](standing const& before) {
      return before.task.pid == each.pid && before.task.name == each.name;
    });
    standing one{each, now};
    if (known != then.end()) {
      if (known->task.switches == each.switches) {
        one.since = known->since;
        // A stack that could not be read this time was read before: nothing ran since.
        if (one.task.frames.empty()) one.task.frames = std::move(known->task.frames);
      }
      then.erase(known);
    }
    blocked_.push_back(std::move(one));
  }
  if (!guest.blocked_cut_short) return;
  for (auto& unseen : then)
    if (blocked_.size() < most_stuck) blocked_.push_back(std::move(unseen));
}

std::vector<timeline::blocked_task> failure_names::stuck() const {
  std::vector<timeline::blocked_task> still;
  std::vector<timeline::blocked_task> all;
  for (auto const& one : blocked_) {
    all.push_back(one.task);
    if (looked_ - one.since >= stands_still) still.push_back(one.task);
  }
  return still.empty() ? all : still;
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

std::string failure_names::name_for(final_verdict const& said) {
  close_console();
  bool const oops = said.has(flag_word::oops);
  switch (said.word) {
    case run_word::panicked:
      return crash(true);
    case run_word::wedged:
      return oops ? crash(true) : name_of_wedge(stuck());
    case run_word::locked_up:
    case run_word::rebooted:
      return crash(false);
    default:
      return oops ? crash(true) : std::string();
  }
}

}  // namespace wedgehog::verdict
