#include "vm/host_process.hpp"

namespace wedgehog::vm {

bool any_vcpu_runs(host_process const& of) {
  for (std::size_t i = 0; i < of.vcpu_threads(); ++i)
    if (auto const seen = of.vcpu_thread(i); seen && seen->state == 'R') return true;
  return false;
}

bool all_vcpus_in_state(host_process const& of, char state) {
  for (std::size_t i = 0; i < of.vcpu_threads(); ++i)
    if (auto const seen = of.vcpu_thread(i); !seen || seen->state != state) return false;
  return true;
}

}  // namespace wedgehog::vm
