// What a performer is told: the plan and the stage it is to be played on, as one file that a
// supervisor leaves in the run's folder, or a person writes by hand.
#pragma once

#include <filesystem>
#include <string>

#include "base/described.hpp"
#include "base/error.hpp"

namespace wedgehog::folder {

struct run_order {
  int wedgehog_order = 0;  // format: 1
  std::string recipe_text;
  std::string image_folder;     // where the built image is
  std::string image_checksums;  // of what is in it; empty: whatever is there
  std::string image_profile;    // images/<os>/profile.yaml
  std::string accelerator;      // kvm, tcg
  std::string qemu;             // the program
  std::string on;               // a libvirt URI; empty: QEMU as the performer's child
  std::string disks_from;       // an address of this host; empty: found out
  std::string disks_tls;        // the folder of certificates there; empty: unencrypted
  std::string qemu_version;
  std::string campaign;  // as in run_facts, with ticket and attempt
  std::uint64_t ticket = 0;
  std::uint64_t attempt = 0;
  std::string templates;  // the folder of machines that were frozen; empty: none begins as a copy
  double time_scale = 1;  // by which the plan's budgets were stretched
  bool operator==(run_order const&) const = default;
};
BOOST_DESCRIBE_STRUCT(run_order, (),
                      (wedgehog_order, recipe_text, image_folder, image_checksums, image_profile,
                       accelerator, qemu, on, disks_from, disks_tls, qemu_version, campaign, ticket,
                       attempt, templates, time_scale))

// `plan`: JSON, as plan::to_text makes it.
[[nodiscard]] std::string to_text(run_order const& order, std::string const& plan);

struct read_order {
  run_order order;
  std::string plan;
};
// Blame: host, naming the file.
result<read_order> order_from(std::filesystem::path const& file);

}  // namespace wedgehog::folder
