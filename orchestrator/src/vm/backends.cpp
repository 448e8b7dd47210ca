#include "vm/backends.hpp"

#include <algorithm>

#include "vm/direct/machine.hpp"
#include "vm/simulated/machine.hpp"

namespace wedgehog::vm {

std::vector<backend_kind> const& backends() {
  static std::vector<backend_kind> const all{
      {"direct", "QEMU on this host, a child of the orchestrator", direct::can_do()},
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
