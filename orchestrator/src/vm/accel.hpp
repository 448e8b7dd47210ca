// Which accelerator really works here. A /dev/kvm that opens, and even query-kvm saying "enabled",
// is no proof: seen on a host without nested virtualisation, where KVM ran a guest 30 times slower
// than TCG. So a tiny guest must reach a marker in time.
#pragma once

#include <string>

#include "base/error.hpp"
#include "loop/clock.hpp"
#include "vm/machine_spec.hpp"

namespace wedgehog::vm {

enum class accel_choice { automatic, kvm, tcg };

struct accel_answer {
  accelerator chosen = accelerator::tcg;
  std::string why;          // "kvm: a test guest reached its marker in 41 ms"
  bool remembered = false;  // read from the cache of this boot
};

// `cache_file` remembers the answers of this boot of the host, by QEMU program; empty: no cache.
// With accel_choice::kvm a KVM that does not work is a host error that says why; with automatic it
// means TCG.
loop::awaitable<result<accel_answer>> choose_accelerator(loop::clock& time, accel_choice asked,
                                                         std::string qemu, std::string cache_file);

// Runs a ROM of a few bytes (20 million rounds of a counter, then one byte to a debug port) under
// the accelerator. The time it took from start to marker, or a host error: it did not reach the
// marker within `deadline`, or QEMU's own words.
loop::awaitable<result<loop::duration>> reach_marker(loop::clock& time, accelerator which,
                                                     std::string qemu, loop::duration deadline);

}  // namespace wedgehog::vm
