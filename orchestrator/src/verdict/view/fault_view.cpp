#include "verdict/view/fault_view.hpp"

#include <algorithm>

namespace wedgehog::verdict {
namespace {

constexpr std::size_t fault_limit = 256;
constexpr std::size_t disk_limit = 64;

// Kinds of fault after which a file system may rightly complain.
constexpr std::string_view harmful[] = {
    "error",      "bit-flip",   "lost-write", "lying-flush",       "stale-read",
    "torn-write", "disconnect", "unplug",     "misdirected-write", "resize"};

// What an administrator types to hold others, and what ends it again.
struct typed {
  std::string_view holds;
  std::string_view with;
  std::string_view frees;
  fault_view::act fault_view::*what;
};
constexpr typed acts[] = {
    {"echo 1", "cgroup.freeze", "echo 0", &fault_view::froze_group},
    {"FROZEN", "freezer.state", "THAWED", &fault_view::froze_group},
    {"fsfreeze -f", "", "fsfreeze -u", &fault_view::froze_file_system},
    {"fsfreeze --freeze", "", "fsfreeze --unfreeze", &fault_view::froze_file_system},
    {"xfs_freeze -f", "", "xfs_freeze -u", &fault_view::froze_file_system},
    {"dmsetup suspend", "", "dmsetup resume", &fault_view::suspended_device},
};

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

void fault_view::observe(stamp when, timeline::fault const& what) {
  std::string const name = what.name.substr(0, 128);
  auto found = all.find(name);
  if (found == all.end()) {
    if (all.size() >= fault_limit) return;
    found = all.emplace(name, one{}).first;
  }
  auto& seen = found->second;
  seen.kind = what.kind.substr(0, 64);
  seen.hits = std::max(seen.hits, what.hits);
  if (what.action == "injected") {
    seen.began_s = when.guest_s;
    seen.there = true;
    lasting.erase(name);
  }
  if (what.action == "stays") lasting.insert(name);
  if (what.action == "healed") {
    if (seen.there) let_go_ = {name, seen.began_s, when.guest_s};
    seen.there = false;
    lasting.erase(name);
  }
  bool const bites = what.action == "hit" || (what.action == "injected" && seen.kind == "unplug");
  if (bites && !data_at_risk &&
      std::find(std::begin(harmful), std::end(harmful), seen.kind) != std::end(harmful)) {
    data_at_risk = true;
    risked_by = "'" + name + "' (" + seen.kind + ")";
  }
}

void fault_view::observe(stamp when, timeline::disk const& what) {
  auto const name = what.name.substr(0, 128);
  auto const found = held_since_.find(name);
  if (what.held > 0) {
    if (found == held_since_.end() && held_since_.size() < disk_limit)
      held_since_.emplace(name, when.guest_s);
  } else if (found != held_since_.end()) {
    let_go_ = {"what was held on disk " + name, found->second, when.guest_s};
    held_since_.erase(found);
  }
}

void fault_view::observe(timeline::step const& what) {
  if (what.phase != "began") return;
  for (auto const& each : acts) {
    auto const holds = what.what.rfind(each.holds);
    auto const frees = what.what.rfind(each.frees);
    bool const meant = has(what.what, each.with);
    auto& act = this->*each.what;
    if (meant && holds != std::string::npos && (frees == std::string::npos || frees < holds))
      act.step = (what.path + ": " + what.what).substr(0, 200);
    else if (meant && frees != std::string::npos)
      act.step.clear();
  }
}

double fault_view::let_go_s(double progress_s, double slack_s) const {
  return progress_s >= let_go_.began_s - slack_s ? let_go_.ended_s : -1e300;
}

}  // namespace wedgehog::verdict
