// From a plan to the machine that it wants: a pure function, and what a person sees of it before
// anything runs.
#pragma once

#include <string>

#include "plan/plan.hpp"
#include "vm/backend.hpp"
#include "vm/image.hpp"
#include "vm/machine_spec.hpp"

namespace wedgehog::conductor {

// Why this host cannot do what the plan asks of it; empty when it can. Looks at the host.
[[nodiscard]] std::string lacking_on_this_host(plan::plan const& what);
// Whether the base images of its disks are there and fit, and its files are there. Looks at the
// host. Blame: recipe.
result<void> inputs_are_there(plan::plan const& what);

// The disk that carries the plan's `files`, in the run's folder.
[[nodiscard]] std::string files_tar(std::string const& run_folder);

// What the agent is to do before the first step where the kernel takes no arguments from us: the
// plan's modules, then its sysctls. Empty: nothing. Ends with the first failure.
[[nodiscard]] std::string settings_script(plan::plan const& what, guest::profile const& guest);

enum class disks_served { by_fault_disks, not_at_all };  // then QEMU opens the files itself
[[nodiscard]] vm::machine_spec machine_spec_of(plan::plan const& what, vm::image const& image,
                                               vm::machine_place const& where,
                                               disks_served how = disks_served::by_fault_disks);
// Ready to paste into a shell: makes its folders and disks, then starts QEMU.
[[nodiscard]] std::string dry_command_line(plan::plan const& what, vm::image const& image,
                                           vm::backend const& backend);

}  // namespace wedgehog::conductor
