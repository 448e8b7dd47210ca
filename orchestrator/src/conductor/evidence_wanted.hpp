// What is worth keeping of a run, by what became of it: a guest that hangs is kept whole, a script
// that failed needs no memory image, and whoever stops a run does not want to wait.
#pragma once

#include "verdict/run_verdict.hpp"

namespace wedgehog::conductor {

struct evidence_wanted {
  bool machine = false;  // what QEMU says of itself, and the disks' books
  bool guest = false;    // what the guest's collectors say, if it can answer
  bool memory = false;   // the guest's memory
  bool disks = false;    // the files of its disks
  bool probes = false;   // questions that may change the guest
  bool operator==(evidence_wanted const&) const = default;

  [[nodiscard]] bool anything() const { return machine || guest || memory || disks || probes; }
};

struct run_end {
  bool stopped = false;  // a person wanted the run to end
  bool ready = false;    // the guest's agent had spoken
};
[[nodiscard]] evidence_wanted evidence_of(verdict::final_verdict const& said, run_end end);

// A guest whose kernel is gone, or that is stopped, answers nothing: asking would only cost the
// deadlines.
[[nodiscard]] bool guest_can_answer(verdict::run_word word);

}  // namespace wedgehog::conductor
