// No progress beyond the budget, and QEMU or what stands behind it has not answered a request.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"
#include "verdict/who_waits.hpp"

namespace wedgehog::verdict::detectors {
namespace {

// The workload goes on by small steps while another disk completes: whoever waits for the old
// request, it is not the workload.
bool served_elsewhere(view const& seen, who_waits const& who,
                      storage_view::old_request const& oldest) {
  return who.moves && (!who.leads_to_storage || !who.leads_to_storage->proved) &&
         seen.storage.completions_beside(oldest.disk) >= thresholds::stray_rate;
}

}  // namespace

std::optional<finding> held_io(view const& seen) {
  bool const counted = seen.workloads.most_stuck() != nullptr;
  auto const stuck = seen.stuck(seen.budget_s);
  // Without a counter, a task that blocked for the whole budget stands for missing progress.
  if (counted ? seen.used_s() < seen.budget_s : stuck.empty() || !seen.steps_silent())
    return std::nullopt;
  auto const oldest = seen.storage.stuck(seen.now_host_s, counted ? seen.settled_s : seen.budget_s);
  if (!oldest) return std::nullopt;
  auto const who = who_waits_for_what(seen);
  if (counted && (who.storage_is_not_it() || served_elsewhere(seen, who, *oldest)))
    return std::nullopt;

  finding one;
  one.state = state_word::wedged;
  one.kind = kind_word::held_io;
  one.explained_by = oldest->held_by;
  std::string const where =
      oldest->disk == all_disks ? "of all disks" : fmt::format("on disk {}", oldest->disk);
  if (oldest->exact)
    one.because.push_back(fmt::format("oldest request {} is {:.0f} s old; {} in flight", where,
                                      oldest->age_s, oldest->in_flight));
  else
    one.because.push_back(fmt::format(
        "disk {} holds requests for {:.0f} s and completes next to nothing; {} in flight",
        oldest->disk, oldest->age_s, oldest->in_flight));
  if (!oldest->held_by.empty())
    one.because.push_back(fmt::format("held by fault {}", oldest->held_by));
  auto const disk = seen.storage.disks.find(oldest->disk);
  if (disk != seen.storage.disks.end() && disk->second.completed_s) {
    double const quiet_s = std::max(0.0, seen.now_s - *disk->second.completed_s);
    if (quiet_s >= oldest->age_s / 2)
      one.because.push_back(fmt::format("no completion there for {:.0f} s", quiet_s));
    else if (oldest->exact)
      one.because.push_back(fmt::format("others complete there, the last {:.0f} s ago", quiet_s));
  }
  if (counted)
    one.because.push_back(fmt::format("'{}' made no progress for {:.0f} s",
                                      seen.workloads.name_of_most_stuck(), seen.stalled_s()));
  if (who.behind_lock) one.because.push_back(fmt::format("{}, a lock", in_words(*who.behind_lock)));
  if (who.leads_to_storage)
    one.because.push_back(
        fmt::format("{}, on its way to storage", in_words(*who.leads_to_storage)));
  else if (who.bystander)
    one.because.push_back(fmt::format("{}, on its way to storage", in_words(*who.bystander)));
  else if (!stuck.empty())
    one.because.push_back(fmt::format("'{}' is blocked for {:.0f} s", stuck.front().what->name,
                                      stuck.front().lasted_s));
  return one;
}

}  // namespace wedgehog::verdict::detectors
