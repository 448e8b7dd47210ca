// What a libvirt daemon is and how near it is: decides what its machines can, and how files, disks
// and memory come to them and back.
#pragma once

#include <optional>
#include <string>

#include "vm/abilities.hpp"
#include "vm/libvirt/connection.hpp"

namespace wedgehog::vm::libvirt {

enum class reach {
  near,  // its QEMU runs on this host as a user who may open our files, and whom we may signal
  far,   // everything goes through libvirt: another host, or another user's QEMU on this one
};

// The backend's name: "libvirt", "libvirt-far".
[[nodiscard]] std::string_view name_of(reach how);
// What machines on such a daemon can.
[[nodiscard]] abilities const& can_do(reach how);

struct daemon_facts {
  std::string host;     // its name
  std::string libvirt;  // "9.0.0"
  std::string qemu;     // "7.2.22"
  // Of the capabilities: the user that its QEMU runs as; nothing: the daemon's own.
  std::optional<unsigned> qemu_user{};
  bool offers_kvm = false;  // which does not say that it works
  reach how = reach::far;
};

// Pure: from the XML of virConnectGetCapabilities. Nothing without a DAC model in it.
[[nodiscard]] std::optional<unsigned> qemu_user_in(std::string const& capabilities);
[[nodiscard]] bool offers_kvm(std::string const& capabilities);
// Pure: of somebody who is `user`.
[[nodiscard]] reach reach_of(std::string_view uri, std::optional<unsigned> qemu_user,
                             unsigned user);

// Blame: host.
loop::awaitable<result<daemon_facts>> look_at(connection& daemon, loop::duration limit);

}  // namespace wedgehog::vm::libvirt
