// From the word that a person says where machines shall run to the backend that makes them there.
#pragma once

#include <memory>
#include <string>

#include "vm/backend.hpp"
#include "vm/backends.hpp"

namespace wedgehog::vm {

struct backend_choice {
  std::string on{};  // a libvirt URI; empty: QEMU on this host, as a child of this process
  std::string qemu = "qemu-system-x86_64";
  accelerator accel = accelerator::tcg;
  // Of this host, in numbers, where QEMUs at `on` reach our disks; empty: found out.
  std::string disks_from{};
  std::string disks_tls{};  // a folder with the certificates for that; empty: unencrypted
};

// `time` must outlive the backend. Blame: host, where it cannot be reached; recipe, where `on` is
// no such word.
loop::awaitable<result<std::unique_ptr<backend>>> make_backend(loop::clock& time,
                                                               backend_choice choice);
// What machines there can, and what is known of the place. `on` may also be the name of a backend.
// Blame: as above.
struct backend_place {
  backend_kind kind;
  std::string qemu_version{};  // empty: nobody was asked
};
loop::awaitable<result<backend_place>> look_at_backend(loop::clock& time, std::string on);

}  // namespace wedgehog::vm
