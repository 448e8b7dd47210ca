// The process on this host that plays a machine, where there is one: what the host's kernel knows
// of its threads, and signals to it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>

#include "vm/thread_stat.hpp"

namespace wedgehog::vm {

class host_process {
 public:
  virtual ~host_process() = default;
  // Only with ability::process_group.
  [[nodiscard]] virtual pid_t pid() const = 0;
  // To the process alone; false when it is gone. Only with ability::stop_by_signal.
  virtual bool signal(int number) = 0;
  // Nothing when it is gone.
  [[nodiscard]] virtual std::optional<thread_stat> main_thread() const = 0;
  [[nodiscard]] virtual std::optional<thread_stat> vcpu_thread(std::size_t index) const = 0;
  // As many as the machine has processors, or fewer where QEMU does not tell.
  [[nodiscard]] virtual std::size_t vcpu_threads() const = 0;
};

// Pure: from what the two above say.
[[nodiscard]] bool any_vcpu_runs(host_process const& of);
[[nodiscard]] bool all_vcpus_in_state(host_process const& of, char state);

}  // namespace wedgehog::vm
