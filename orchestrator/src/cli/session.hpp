// What `run` and `selftest` share: the loop, the database, the image and the accelerator, set up
// once, and the runs in it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/images.hpp"
#include "farm/admission.hpp"
#include "farm/slots.hpp"
#include "store/run.hpp"
#include "vm/accel.hpp"

namespace wedgehog::cli {

struct session_options {
  vm::accel_choice accel = vm::accel_choice::automatic;
  double time_scale = 0;  // 0: chosen by the accelerator
  std::string qemu = "qemu-system-x86_64";
  std::string on{};  // a libvirt URI; empty: QEMU on this host
  std::string disks_from{};
  std::string disks_tls{};  // a folder of certificates; empty: unencrypted
  bool clone = false;       // every machine begins as a copy, whatever its recipe says
  image_options image;
  farm::slot_terms terms;
};

struct session_outcome {
  bool interrupted = false;
  std::string trouble;  // of the host, before or between runs
  blame whose = blame::host;
};

// Performs the jobs (whose plans are not yet stretched) and calls `on_report` with each report and
// the stored run.
session_outcome perform_session(
    session_options const& options, common_options const& common, std::vector<farm::job> jobs,
    std::function<void(farm::run_report const&, store::stored_run const&)> on_report);

// Where machines are, as hosts.yaml has it, and no more of them at once than that host bears. The
// certificates for its disks are good when it returns.
// Blame: recipe.
result<void> settle_place(session_options& options, std::uint64_t largest_machine);

// What this host has room for now.
[[nodiscard]] farm::host_room room_here();
// Of memory alone, without a wait.
[[nodiscard]] farm::host_room memory_here();

// Adds --accel, --time-scale, --qemu … to a command.
void add_stage_options(CLI::App& to, session_options& options);
// The same, with --jobs and what goes with it.
void add_session_options(CLI::App& to, session_options& options);

// What an image is built with for this plan.
[[nodiscard]] image_options options_for(places const& where, plan::plan const& what,
                                        image_options const& asked);

// TCG runs a guest kernel many times slower than KVM, but boots and settles within a small factor:
// seen, 2 is ample.
[[nodiscard]] double usual_time_scale(vm::accelerator which);

}  // namespace wedgehog::cli
