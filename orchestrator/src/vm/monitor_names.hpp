// The names by which the parts of a machine are known at its monitor, and the properties with which
// they are plugged in. Every backend gives them these names.
#pragma once

#include <string>

#include "base/described.hpp"
#include "vm/machine_spec.hpp"

namespace wedgehog::vm {

// A disk's device as device_add wants it, and its id.
[[nodiscard]] json::object disk_properties(disk_spec const& disk);
[[nodiscard]] std::string disk_device(std::string const& disk);
// The name in "/machine/peripheral/disk-NAME/virtio-backend"; empty when it is none of ours.
[[nodiscard]] std::string disk_in(std::string_view device_path);
// The block node behind it, and the node that a resizable disk's device looks at.
[[nodiscard]] std::string disk_node(std::string const& disk);
[[nodiscard]] std::string disk_top(std::string const& disk);
// The port that a disk is pulled out of.
[[nodiscard]] std::string disk_port(std::string const& disk);

// QEMU 7.2, qapi/sockets.json SocketAddress: where blockdev-add connects to.
[[nodiscard]] json::object server_address(disk_server const& server);

inline constexpr char const* network_card = "nic";
[[nodiscard]] std::string network_card_path();

inline constexpr char const* console_line = "console";  // its character device

// QOM path of a disk's virtio device: what x-query-virtio-queue-status wants.
[[nodiscard]] std::string virtio_path(std::string const& disk);

}  // namespace wedgehog::vm
