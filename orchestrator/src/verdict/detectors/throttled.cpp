// No progress reported, but the workload goes on by small steps: it waits for a processor that its
// group may not use, for memory that its group may not have, or for I/O that completes now and
// then. Or its requests complete as fast as ever, and only its counter says nothing.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"
#include "verdict/who_waits.hpp"

namespace wedgehog::verdict::detectors {
namespace {

// Why it is not stuck; nothing where that is not proved.
std::optional<std::string> small_steps(view const& seen, who_waits const& who) {
  auto const* own = seen.own();
  auto const& kernel = seen.kernel;
  if (own != nullptr && own->throttled_share() >= thresholds::waiting_share)
    return fmt::format(
        "its control group {} may use {} of a CPU and is held back {:.0f} % of the "
        "time",
        own->last.group,
        own->last.cpu_limit ? fmt::format("{:.0f} %", 100 * *own->last.cpu_limit)
                            : std::string("a part"),
        100 * std::min(1.0, own->throttled_share()));
  bool const wants_cpu = own != nullptr && !own->last.pressure_s.empty()
                             ? own->cpu_wanted() >= thresholds::waiting_share
                             : kernel.cpu_wanted() >= thresholds::waiting_share;
  if (wants_cpu && kernel.rests(seen.now_host_s))
    return fmt::format(
        "tasks wait for a processor {:.0f} % of the time while the processors rest: a "
        "limit holds them back",
        100 * std::min(1.0, kernel.cpu_wanted()));
  if (seen.is_starved())
    return fmt::format(
        "its tasks want to run in {:.0f} % of the looks and get {:.0f} % of a processor: others "
        "have it",
        100 * own->runnable_share(), 100 * own->run_share());
  double const memory =
      std::max(kernel.memory_pressure(), own == nullptr ? 0 : own->memory_wanted());
  if (who.moves && memory >= thresholds::memory_share)
    return fmt::format(
        "'{}' waits for memory in {} and was let go on {} times, {:.0f} s ago the last "
        "time; tasks wait for memory {:.0f} % of the time",
        who.moves->name, who.moves->where, who.moves->moves, who.moves->lasted_s,
        100 * std::min(1.0, memory));
  if (who.moves && kernel.io_wanted() >= thresholds::waiting_share)
    return fmt::format(
        "'{}' waits for I/O in {} and was let go on {} times, {:.0f} s ago the last "
        "time; tasks wait for I/O {:.0f} % of the time",
        who.moves->name, who.moves->where, who.moves->moves, who.moves->lasted_s,
        100 * std::min(1.0, kernel.io_wanted()));
  double const completions = seen.storage.completions_per_second();
  bool const runs = own == nullptr || own->run_share() >= thresholds::stray_run;
  // The window of the rate looks back as far as a budget goes.
  bool const lately =
      seen.used_s() >= seen.budget_s && seen.storage.completed_s &&
      seen.now_s - *seen.storage.completed_s < thresholds::gap_share * seen.budget_s;
  if (runs && lately && completions >= thresholds::working_rate)
    return fmt::format("{:.0f} requests/s complete and no task stands still", completions);
  return std::nullopt;
}

}  // namespace

std::optional<finding> throttled(view const& seen) {
  bool const counted = seen.workloads.most_stuck() != nullptr;
  double const stalled_s = seen.stalled_s();
  if (!counted || stalled_s < seen.recent_s || !seen.reports_come()) return std::nullopt;
  if (!seen.kernel.fresh(seen.now_s) || !seen.kernel.listed_all) return std::nullopt;
  for (auto const& each : seen.stuck(seen.settled_s))
    if (!waits_harmlessly(each.what->waits()) && !each.what->kernel_thread &&
        !seen.is_bystander(each))
      return std::nullopt;
  auto const why = small_steps(seen, who_waits_for_what(seen));
  if (!why) return std::nullopt;
  finding one;
  one.state = stalled_s < thresholds::slow_patience * seen.budget_s ? state_word::slow
                                                                    : state_word::suspect;
  one.because.push_back(fmt::format("'{}' made no progress for {:.0f} s",
                                    seen.workloads.name_of_most_stuck(), stalled_s));
  one.because.push_back(*why);
  if (one.state == state_word::suspect)
    one.because.push_back("for so long that only a longer run can tell");
  return one;
}

}  // namespace wedgehog::verdict::detectors
