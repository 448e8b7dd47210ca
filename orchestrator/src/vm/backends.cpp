#include "vm/backends.hpp"

#include <algorithm>

#include "vm/direct/machine.hpp"
#include "vm/libvirt/daemon.hpp"
#include "vm/simulated/machine.hpp"

namespace wedgehog::vm {

std::vector<backend_kind> const& backends() {
  static std::vector<backend_kind> const all{
      {"direct", "QEMU on this host, a child of the orchestrator", direct::can_do()},
      {"libvirt", "a domain of a libvirt daemon on this host whose QEMU runs as ourselves",
       libvirt::can_do(libvirt::reach::near)},
      {"libvirt-far", "a domain of any other libvirt daemon: all goes through libvirt",
       libvirt::can_do(libvirt::reach::far)},
      {"simulated", "a model of a machine, its guest and its time; for tests", simulated::can_do()},
  };
  return all;
}

backend_kind const* find_backend(std::string_view name) {
  auto const& all = backends();
  auto const found =
      std::find_if(all.begin(), all.end(), [&](auto const& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace wedgehog::vm
