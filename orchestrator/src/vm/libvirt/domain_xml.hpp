// Machine spec + guest profile -> libvirt's description of a domain: a pure function, so that
// --dry-run and the tests see what is started. Written for libvirt 9.0.
#pragma once

#include <string>

#include "vm/machine_spec.hpp"

namespace wedgehog::vm::libvirt {

struct domain_terms {
  accelerator accel = accelerator::tcg;
  std::string emulator{};        // an absolute path; empty: the daemon's own choice
  std::string name{};            // unique on its host
  std::string owner{};           // who may take it away when it is left behind: "host pid uid"
  std::string system_disk{};     // the overlay that the guest boots from, as the daemon finds it
  std::string second_monitor{};  // a socket for a monitor that is ours alone; empty: none
};

// Paths in `machine` are the daemon's.
[[nodiscard]] std::string domain_xml(machine_spec const& machine, guest_profile const& guest,
                                     domain_terms const& terms);

// How its parts are then called at the monitor. A disk's block node is known only once it runs.
inline constexpr char const* alias_prefix = "ua-";  // libvirt: of an alias that a user chooses
inline constexpr char const* console_alias = "ua-console";
inline constexpr char const* agent_alias = "ua-agent";

// What every domain of ours carries, and no other: by it they are found.
inline constexpr char const* metadata_uri = "urn:wedgehog:machine:1";
inline constexpr char const* name_prefix = "wedgehog-";

}  // namespace wedgehog::vm::libvirt
