#include "conductor/evidence_wanted.hpp"

namespace wedgehog::conductor {

using verdict::run_word;

bool guest_can_answer(run_word word) {
  return word != run_word::panicked && word != run_word::rebooted && word != run_word::exited &&
         word != run_word::host_stopped && word != run_word::paused;
}

evidence_wanted evidence_of(verdict::final_verdict const& said, run_end end) {
  if (end.stopped) return {.machine = true, .guest = guest_can_answer(said.word)};
  switch (said.word) {
    case run_word::passed:
    case run_word::slow:
      // Spoiled by the host, or a fault that never fired: the guest is well, its books tell why.
      return {.machine = said.invalid, .guest = said.invalid};
    case run_word::failed:
    case run_word::workload_failed:
    case run_word::workload_died:
      // A guest that never spoke has nothing else to show what became of it.
      return {.machine = true, .guest = true, .memory = !end.ready, .disks = true, .probes = true};
    default:
      return {.machine = true, .guest = true, .memory = true, .disks = true, .probes = true};
  }
}

}  // namespace wedgehog::conductor
