#include "verdict/view/machine_view.hpp"

#include <algorithm>
#include <cmath>

#include "timeline/milestones.hpp"
#include "verdict/thresholds.hpp"

namespace wedgehog::verdict {
namespace {

constexpr std::size_t takers_limit = 64;
// Time never stands still for a share: a guest that gets nothing at all is held or starved.
constexpr double least_left = 0.001;

bool ended_by_itself(std::string_view reason) {
  return reason.starts_with("guest-") || reason == "host-qmp-system-reset";
}

// Whoever takes a QEMU away whose guest has ended, as libvirt does, is not what ended it.
bool told_to_go(std::string_view reason) {
  return reason == "host-signal" || reason == "host-qmp-quit";
}

}  // namespace

void machine_view::observe(stamp when, timeline::machine_state const& what) {
  if (when.host_s < latest_host_s_) return;
  latest_host_s_ = when.host_s;
  if (what.alive && !alive) stopped_in_a_row = 0;
  alive = what.alive;
  if (what.alive || what.exit_code) exit_code = what.exit_code;
  if (what.alive || !what.host_fault.empty()) host_fault = what.host_fault;
  run_state = what.run_state.substr(0, 64);
  process_state = what.process_state.substr(0, 8);
  answer_ms = what.answer_ms;
  if (alive && process_state == "T" && run_state.empty()) {
    if (stopped_in_a_row++ == 0) stopped_since_host_s = when.host_s;
  } else {
    stopped_in_a_row = 0;
  }
}

void machine_view::observe(timeline::qmp_event const& what) {
  if (what.name == "SHUTDOWN") {
    for (auto const* reason : {"guest-panic", "guest-reset", "guest-shutdown", "host-qmp-quit",
                               "host-qmp-system-reset", "host-signal", "host-error"})
      if (what.data.find(reason) != std::string::npos &&
          !(ended_by_itself(shutdown_reason) && told_to_go(reason)))
        shutdown_reason = reason;
    if (reset_planned && shutdown_reason == "guest-reset") shutdown_reason = "planned";
  } else if (what.name == "GUEST_PANICKED") {
    panic_event = true;
  } else if (what.name == "RESET") {
    bool const ours = what.data.find("host-") != std::string::npos;
    if (!reset_planned && !ours) resets = std::min(resets + 1, 1'000'000);
    leaving = false;
  }
}

void machine_view::observe(timeline::hold const& what) {
  if (what.share && *what.share < 1) {
    double const share = std::isfinite(*what.share) ? std::max(0.0, *what.share) : 0.0;
    auto const known = std::find(taken.begin(), taken.end(), share);
    if (!what.begins && known != taken.end()) taken.erase(known);
    if (what.begins && taken.size() < takers_limit) taken.push_back(share);
    return;
  }
  holds = std::clamp(holds + (what.begins ? 1 : -1), 0, 1'000'000);
  if (what.begins) hold_why = what.why.substr(0, 200);
}

void machine_view::observe(timeline::fault const& what) {
  if (what.kind == "kill-qemu" && what.action == "injected") kill_planned = true;
}

void machine_view::observe(timeline::milestone const& what) {
  if (timeline::is(what, timeline::reached::machine_stopping)) stopping = true;
  if (timeline::is(what, timeline::reached::reset_expected)) reset_planned = leaving = true;
  if (timeline::is(what, timeline::reached::guest_ready)) reset_planned = leaving = false;
  // The machine that is on again must not end by itself.
  if (timeline::is(what, timeline::reached::machine_started)) *this = {};
}

double machine_view::left() const {
  double left = 1;
  for (double const share : taken) left *= 1 - share;
  return std::max(left, least_left);
}

bool machine_view::guest_has_ended() const {
  return ended_by_itself(shutdown_reason);
}

bool machine_view::paused() const {
  return alive && (run_state == "paused" || run_state == "suspended" || run_state == "save-vm" ||
                   run_state == "restore-vm" || run_state == "finish-migrate" ||
                   run_state == "postmigrate" || run_state == "inmigrate" ||
                   run_state == "prelaunch" || run_state == "debug" || run_state == "io-error" ||
                   run_state == "internal-error" || run_state == "watchdog");
}

bool machine_view::stopped() const {
  return alive && stopped_in_a_row > 0;
}

}  // namespace wedgehog::verdict
