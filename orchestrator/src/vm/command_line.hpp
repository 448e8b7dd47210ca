// Machine spec + guest profile -> QEMU's argument list: a pure function, so that --dry-run and the
// tests see what runs.
#pragma once

#include <string>
#include <vector>

#include "base/described.hpp"
#include "vm/machine_spec.hpp"

namespace wedgehog::vm {

// argv, the program first. Written for QEMU 7.2.
[[nodiscard]] std::vector<std::string> command_line(machine_spec const& machine,
                                                    guest_profile const& guest);

// Quoted for a POSIX shell, one option a line, ready to paste.
[[nodiscard]] std::string pasteable(std::vector<std::string> const& argv);

// A disk's device as device_add wants it, and its id.
[[nodiscard]] json::object disk_properties(disk_spec const& disk);
[[nodiscard]] std::string disk_device(std::string const& disk);
// The node that a resizable disk's device looks at.
[[nodiscard]] std::string disk_top(std::string const& disk);

inline constexpr char const* network_card = "nic";
[[nodiscard]] std::string network_card_path();

// QOM path of a disk's virtio device: what x-query-virtio-queue-status wants.
[[nodiscard]] std::string virtio_path(std::string const& disk);

}  // namespace wedgehog::vm
