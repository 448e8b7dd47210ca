#include "verdict/catalogue.hpp"

namespace wedgehog::verdict {
namespace {

constexpr detector all_detectors[] = {
    {"machine_end", detectors::machine_end},
    {"panic", detectors::panic},
    {"reboot", detectors::reboot},
    {"host_hold", detectors::host_hold},
    {"progress", detectors::progress},
    {"hard_lock", detectors::hard_lock},
    {"silent_panic", detectors::silent_panic},
    {"host_starved", detectors::host_starved},
    {"soft_lock", detectors::soft_lock},
    {"userland", detectors::userland},
    {"workload_errors", detectors::workload_errors},
    {"workload_end", detectors::workload_end},
    {"frozen", detectors::frozen},
    {"held_io", detectors::held_io},
    {"lost_completion", detectors::lost_completion},
    {"slow_storage", detectors::slow_storage},
    {"blocked_tasks", detectors::blocked_tasks},
    {"missing_reports", detectors::missing_reports},
    {"user_wait", detectors::user_wait},
    {"waiting", detectors::waiting},
    {"nothing_to_judge", detectors::nothing_to_judge},
    {"oops", detectors::oops},
    {"cpu_stuck", detectors::cpu_stuck},
    {"memory_deadlock", detectors::memory_deadlock},
};

}  // namespace

std::span<detector const> catalogue() {
  return all_detectors;
}

}  // namespace wedgehog::verdict
