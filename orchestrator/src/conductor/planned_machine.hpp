// From a plan to the machine that it wants: a pure function, and what a person sees of it before
// anything runs.
#pragma once

#include <string>

#include "plan/plan.hpp"
#include "vm/image.hpp"
#include "vm/machine_spec.hpp"

namespace wedgehog::conductor {

// Why this host cannot do what the plan asks of it; empty when it can. Looks at the host.
[[nodiscard]] std::string lacking_on_this_host(plan::plan const& what);
// What QEMU is started from. `runtime_folder`: sockets and memory; `run_folder`: console and disks.
struct machine_place {
  std::string runtime_folder;
  std::string run_folder;
  bool serve_disks = true;  // by fault disks; else QEMU opens the files itself
};
[[nodiscard]] vm::machine_spec machine_spec_of(plan::plan const& what, vm::image const& image,
                                               vm::accelerator accel, std::string const& qemu,
                                               machine_place const& where);
// Ready to paste into a shell: makes its folders and disks, then starts QEMU.
[[nodiscard]] std::string dry_command_line(plan::plan const& what, vm::image const& image, bool kvm,
                                           std::string const& qemu);

}  // namespace wedgehog::conductor
