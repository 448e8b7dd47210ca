#include "vm/monitor_names.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace wedgehog::vm {
namespace {

constexpr std::string_view peripheral = "/machine/peripheral/";

std::string_view word(on_error policy) {
  return policy == on_error::stop ? "stop" : "report";
}

struct address {
  json::object operator()(no_server) const { return {}; }
  json::object operator()(unix_socket const& at) const {
    return {{"type", "unix"}, {"path", at.path}};
  }
  json::object operator()(tcp_address const& at) const {
    ensure(at.tls_name.empty(), "no QEMU of ours is told certificates");
    return {{"type", "inet"}, {"host", at.host}, {"port", std::to_string(at.port)}};
  }
};

}  // namespace

json::object monitor_names::disk_properties(disk_spec const& disk) const {
  json::object all{{"driver", "virtio-blk-pci"},
                   {"id", disk_device(disk.name)},
                   {"drive", disk.resizable ? disk_top(disk.name) : disk_node(disk.name)},
                   {"serial", disk.name},
                   {"rerror", word(disk.read_error)},
                   {"werror", word(disk.write_error)}};
  if (disk.volatile_cache) all["write-cache"] = "on";
  if (disk.hotplug) all["bus"] = disk_port(disk.name);
  return all;
}

std::string monitor_names::disk_device(std::string const& disk) const {
  return device_prefix + "disk-" + disk;
}

std::string monitor_names::disk_in(std::string_view device_path) const {
  auto const prefix = std::string(peripheral) + disk_device("");
  if (!device_path.starts_with(prefix)) return {};
  device_path.remove_prefix(prefix.size());
  return std::string(device_path.substr(0, device_path.find('/')));
}

std::string monitor_names::disk_node(std::string const& disk) const {
  auto const found = nodes.find(disk);
  return found == nodes.end() ? "node-" + disk : found->second;
}

std::string monitor_names::disk_top(std::string const& disk) const {
  return "top-" + disk;
}

std::string monitor_names::disk_port(std::string const& disk) const {
  return "port-" + disk;
}

std::string monitor_names::virtio_path(std::string const& disk) const {
  return std::string(peripheral) + disk_device(disk) + "/virtio-backend";
}

std::string monitor_names::network_card_path() const {
  return std::string(peripheral) + network_card() + "/virtio-backend";
}

json::object server_address(disk_server const& server) {
  return std::visit(address{}, server);
}

}  // namespace wedgehog::vm
