// No progress, but the budget is not used up: never a verdict.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"

namespace wedgehog::verdict::detectors {
namespace {

std::string what_is_missing(view const& seen) {
  std::string missing;
  auto const add = [&missing](std::string_view what) {
    missing += missing.empty() ? "" : ", ";
    missing += what;
  };
  if (!seen.kernel.fresh(seen.now_s))
    add("an observer in the guest");
  else if (!seen.kernel.listed_all)
    add("a list of all blocked tasks");
  if (seen.own() == nullptr) add("which tasks are the workload's");
  if (!seen.storage.busy(seen.now_host_s)) add("a look at its disks");
  if (seen.life.canaries == 0) add("a canary");
  return missing;
}

}  // namespace

std::optional<finding> waiting(view const& seen) {
  if (seen.workloads.most_stuck() == nullptr || seen.stalled_s() < seen.recent_s)
    return std::nullopt;
  finding one;
  one.state = state_word::suspect;
  if (seen.used_s() >= seen.budget_s)
    one.because.push_back(
        "the budget is used up, but neither storage nor blocked tasks decide it: unknown");
  one.because.push_back(fmt::format("'{}' made no progress for {:.0f} s of {:.0f} s granted",
                                    seen.workloads.name_of_most_stuck(), seen.stalled_s(),
                                    seen.budget_s));
  if (seen.used_s() >= seen.budget_s)
    if (auto const missing = what_is_missing(seen); !missing.empty())
      one.because.push_back("what would tell is missing: " + missing);
  if (seen.used_s() < seen.stalled_s()) {
    one.because.push_back(fmt::format("{} was let go {:.0f} s ago: its budget began anew",
                                      seen.faults.let_go_by(), seen.used_s()));
    // What was held is answered, and the workload has not come round to its next operation yet.
    bool const answers = seen.storage.completed_s.value_or(-1e300) >= seen.let_go_s();
    if (answers && seen.used_s() < seen.budget_s) one.state = state_word::slow;
  }
  return one;
}

}  // namespace wedgehog::verdict::detectors
