// By which address of this host another one reaches it.
#pragma once

#include <string>

#include "vm/libvirt/connection.hpp"

namespace wedgehog::vm::libvirt {

// In numbers: of the interface through which packets go to the daemon's host. Blame: host.
loop::awaitable<result<std::string>> address_towards(connection& daemon, loop::duration limit);

}  // namespace wedgehog::vm::libvirt
