// No progress beyond the budget, and QEMU or what stands behind it has not answered a request.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {

std::optional<finding> held_io(view const& seen) {
  bool const counted = seen.workloads.most_stuck() != nullptr;
  auto const stuck = seen.kernel.stuck(seen.now_s, seen.budget_s);
  // Without a counter, a task that blocked for the whole budget stands for missing progress.
  if (counted ? seen.stalled_s() < seen.budget_s : stuck.empty() || !seen.steps_silent())
    return std::nullopt;
  auto const oldest = seen.storage.stuck(seen.now_host_s, counted ? seen.settled_s : seen.budget_s);
  if (!oldest) return std::nullopt;

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
  if (disk != seen.storage.disks.end() && disk->second.completed_s)
    one.because.push_back(
        fmt::format("no completion for {:.0f} s", seen.now_s - *disk->second.completed_s));
  if (counted)
    one.because.push_back(fmt::format("'{}' made no progress for {:.0f} s",
                                      seen.workloads.name_of_most_stuck(), seen.stalled_s()));
  if (!stuck.empty())
    one.because.push_back(fmt::format("'{}' is blocked for {:.0f} s", stuck.front().what->name,
                                      stuck.front().lasted_s));
  return one;
}

}  // namespace wedgehog::verdict::detectors
