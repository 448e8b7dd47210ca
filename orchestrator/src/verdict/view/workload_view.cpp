#include "verdict/view/workload_view.hpp"

#include <algorithm>
#include "timeline/milestones.hpp"
#include "verdict/view/limits.hpp"

namespace wedgehog::verdict {
namespace {

constexpr std::size_t workload_limit = 64;
// Late and doubled reports make a counter look as if it fell; a new beginning stays low.
constexpr int fallen_reports = 3;
constexpr std::size_t kept_lines = 3;
constexpr std::size_t line_limit = 200;

// "writer (forever)", as the milestone says it; older ones only name it.
std::pair<std::string, may_end> begun(std::string_view detail) {
  struct {
    std::string_view ending;
    may_end means;
  } constexpr endings[] = {{" (forever)", may_end::never},
                           {" (until it ends)", may_end::well},
                           {" (may end)", may_end::anyhow}};
  for (auto const& each : endings)
    if (detail.ends_with(each.ending))
      return {
          std::string(detail.substr(0, detail.size() - each.ending.size()).substr(0, name_limit)),
          each.means};
  return {std::string(detail.substr(0, name_limit)), may_end::unknown};
}

bool ended_badly(workload_view::one const& one) {
  if (one.running() || one.end == may_end::anyhow) return false;
  return one.end == may_end::never || one.exit_code.value_or(0) != 0 ||
         one.killed_by.value_or(0) != 0;
}

}  // namespace

std::optional<double> workload_view::one::rate() const {
  if (recent.sum(1) < recent.length_s() * 0.5) return std::nullopt;
  return recent.sum(0) / recent.sum(1);
}

bool workload_view::one::fails(double now_s, double recent_s) const {
  if (recent.sum(2) > 0 && recent.sum(2) >= recent.sum(0)) return true;
  return errors > errors_at_progress && now_s - progress_s >= recent_s / 2;
}

bool workload_view::observe(stamp when, timeline::workload const& what, guest_signs signs) {
  std::string const name = what.name.substr(0, name_limit);
  auto found = all.find(name);
  if (found == all.end()) {
    if (all.size() >= workload_limit) return false;
    found = all.emplace(name, one{}).first;
  }
  auto& seen = found->second;
  if (when.host_s < seen.latest_host_s) return false;
  bool const fresh = !seen.reported || (seen.state == "ended" && what.state != "ended");
  if (fresh) {
    seen = {};
    if (auto const said = begun_.find(name); said != begun_.end()) seen.end = said->second;
    seen.progress_host_s = when.host_s;
    seen.began_s = seen.progress_s = seen.report_s = when.guest_s;
    seen.done = what.done;
    seen.errors = seen.errors_at_progress = what.errors;
    seen.canaries_at_progress = signs.canaries;
    seen.tasks_at_report = signs.tasks;
    seen.reported = true;
    any_begun = true;
    if (what.errors > 0) seen.errors_at_progress = 0;
  }
  double const before_host_s = fresh ? when.host_s : seen.latest_host_s;
  seen.latest_host_s = when.host_s;
  if (what.state == "ended" && seen.state != "ended") seen.ended_s = when.guest_s;
  seen.state = what.state.substr(0, 32);
  seen.exit_code = what.exit_code;
  seen.killed_by = what.killed_by;
  seen.last_words = what.last_words.substr(0, line_limit);

  if (what.reports > 0) {
    seen.report_s = when.guest_s;
    if (signs.tasks > 0) seen.tasks_at_report = signs.tasks;
  }
  double const failed =
      what.errors > seen.errors ? static_cast<double>(what.errors - seen.errors) : 0;
  seen.errors = std::max(seen.errors, what.errors);
  double const passed_s = when.host_s - before_host_s;
  if (what.done > seen.done) {
    double const gained = static_cast<double>(what.done - seen.done);
    seen.recent.push(when.host_s, {gained, passed_s, failed});
    seen.done = what.done;
    seen.progress_s = when.guest_s;
    seen.progress_host_s = when.host_s;
    seen.canaries_at_progress = signs.canaries;
    seen.errors_at_progress = seen.errors;
    seen.fallen = 0;
    if (auto const rate = seen.rate()) seen.best_rate = std::max(seen.best_rate, *rate);
    return true;
  }
  seen.recent.push(when.host_s, {0, passed_s, failed});
  if (what.done < seen.done && what.reports > 0) {
    if (++seen.fallen >= fallen_reports && what.done < seen.done / 2) jumped_back = true;
  } else if (what.reports > 0) {
    seen.fallen = 0;
  }
  return false;
}

void workload_view::observe(timeline::milestone const& what) {
  if (timeline::is(what, timeline::reached::workload_began)) {
    auto const [name, end] = begun(what.detail);
    all.erase(name);
    lines_.erase(name);
    if (begun_.contains(name) || begun_.size() < workload_limit) begun_[name] = end;
  } else if (timeline::is(what, timeline::reached::machine_started) ||
             timeline::is(what, timeline::reached::guest_ready)) {
    *this = {};
  }
}

void workload_view::observe(timeline::output const& what) {
  if (what.of != "workload") return;
  auto const name = what.source.substr(0, name_limit);
  if (!lines_.contains(name) && lines_.size() >= workload_limit) return;
  auto& lines = lines_[name];
  if (lines.size() == kept_lines) lines.erase(lines.begin());
  lines.push_back(what.text.substr(0, line_limit));
}

std::vector<std::string> workload_view::last_lines(std::string const& name) const {
  auto const found = lines_.find(name);
  return found == lines_.end() ? std::vector<std::string>() : found->second;
}

workload_view::one const* workload_view::most_stuck() const {
  one const* worst = nullptr;
  for (auto const& [name, each] : all)
    if (each.running() && (worst == nullptr || each.progress_s < worst->progress_s)) worst = &each;
  return worst;
}

std::string const& workload_view::name_of(one const* which) const {
  static std::string const nobody;
  for (auto const& [name, each] : all)
    if (&each == which) return name;
  return nobody;
}

std::string const& workload_view::name_of_most_stuck() const {
  return name_of(most_stuck());
}

workload_view::one const* workload_view::failed() const {
  one const* first = nullptr;
  for (auto const& [name, each] : all)
    if (ended_badly(each) && (first == nullptr || each.ended_s < first->ended_s)) first = &each;
  return first;
}

}  // namespace wedgehog::verdict
