// The names by which the parts of a machine are known at its monitor, and the properties with which
// its disks are plugged in. Whoever starts the machine chooses them; libvirt, for one, keeps most
// of the choice to itself.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/described.hpp"
#include "vm/machine_spec.hpp"

namespace wedgehog::vm {

struct monitor_names {
  std::string device_prefix{};                 // of the id of every device
  std::map<std::string, std::string> nodes{};  // by disk, where its block node is not node-DISK
  std::string console_line = "console";        // the console's character device

  // A disk's device as device_add wants it, and its id.
  [[nodiscard]] json::object disk_properties(disk_spec const& disk) const;
  [[nodiscard]] std::string disk_device(std::string const& disk) const;
  // The name in "/machine/peripheral/disk-NAME/virtio-backend"; empty when it is none of ours.
  [[nodiscard]] std::string disk_in(std::string_view device_path) const;
  // The block node behind it, and the node that a resizable disk's device looks at.
  [[nodiscard]] std::string disk_node(std::string const& disk) const;
  [[nodiscard]] std::string disk_top(std::string const& disk) const;
  // The port that a disk is pulled out of.
  [[nodiscard]] std::string disk_port(std::string const& disk) const;
  // QOM path of a disk's virtio device: what x-query-virtio-queue-status wants.
  [[nodiscard]] std::string virtio_path(std::string const& disk) const;

  [[nodiscard]] std::string network_card() const { return device_prefix + "nic"; }
  [[nodiscard]] std::string network_card_path() const;
};

// QEMU 7.2, qapi/sockets.json SocketAddress: where blockdev-add connects to.
[[nodiscard]] json::object server_address(disk_server const& server);

}  // namespace wedgehog::vm
