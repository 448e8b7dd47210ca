#include "verdict/catalogue.hpp"

namespace wedgehog::verdict {
namespace {

constexpr detector all_detectors[] = {
    {"machine_end", detectors::machine_end, "machine_state qmp_event console_line fault"},
    {"panic", detectors::panic, "console_line qmp_event machine_state"},
    {"reboot", detectors::reboot, "qmp_event console_line guest workload"},
    {"host_hold", detectors::host_hold, "machine_state hold beat"},
    {"halted", detectors::halted, "console_line beat"},
    {"debugger", detectors::debugger, "console_line beat"},
    {"workload_end", detectors::workload_end, "workload milestone output"},
    {"progress", detectors::progress, "workload disk vcpu guest"},
    {"hard_lock", detectors::hard_lock, "vcpu beat workload"},
    {"silent_panic", detectors::silent_panic, "vcpu beat"},
    {"host_starved", detectors::host_starved, "vcpu guest console_line"},
    {"soft_lock", detectors::soft_lock, "console_line vcpu beat workload"},
    {"userland", detectors::userland, "beat vcpu console_line guest"},
    {"workload_errors", detectors::workload_errors, "workload console_line"},
    {"workload_stopped", detectors::workload_stopped, "workload workload_tasks step"},
    {"file_system", detectors::file_system, "console_line workload guest fault"},
    {"frozen", detectors::frozen, "guest"},
    {"held_io", detectors::held_io, "disk workload fault guest workload_tasks"},
    {"lost_completion", detectors::lost_completion, "guest disk workload workload_tasks"},
    {"slow_storage", detectors::slow_storage, "disk canary workload guest"},
    {"memory_stall", detectors::memory_stall, "guest disk canary workload"},
    {"blocked_tasks", detectors::blocked_tasks, "guest disk canary workload console_line"},
    {"throttled", detectors::throttled, "guest disk workload workload_tasks"},
    {"missing_reports", detectors::missing_reports, "workload beat guest"},
    {"user_wait", detectors::user_wait, "workload guest vcpu workload_tasks step"},
    {"waiting", detectors::waiting, "workload"},
    {"nothing_to_judge", detectors::nothing_to_judge, "step beat"},
    {"oops", detectors::oops, "console_line"},
    {"cpu_stuck", detectors::cpu_stuck, "console_line vcpu"},
    {"memory_deadlock", detectors::memory_deadlock, "console_line"},
};

}  // namespace

std::span<detector const> catalogue() {
  return all_detectors;
}

}  // namespace wedgehog::verdict
