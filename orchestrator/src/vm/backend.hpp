// Makes machines: on this host, elsewhere, or as a model. Chosen once for a run; everything above
// knows only this and the machine port.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "vm/machine.hpp"

namespace wedgehog::tls {
class certificates;
}

namespace wedgehog::vm {

class backend {
 public:
  virtual ~backend() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  // Of the machines that it makes.
  [[nodiscard]] virtual abilities const& can() const = 0;

  // The guest boots when this returns, with memory that holds nothing of an earlier life. Blame:
  // host, quoting QEMU's own words when it refused or died.
  // Both must outlive the call: GCC 12 breaks what is passed by value inside a co_await.
  virtual loop::awaitable<result<std::unique_ptr<machine>>> start(machine_spec const& spec,
                                                                  guest_profile const& guest,
                                                                  loop::duration limit) = 0;
  // How a person would start the same machine by hand.
  [[nodiscard]] virtual std::string by_hand(machine_spec const& spec,
                                            guest_profile const& guest) const = 0;
  // The file of QEMU's program, where that is on this host; empty: nobody knows.
  [[nodiscard]] virtual std::string program_file() const { return {}; }
  // "kvm", "tcg", "simulated"
  [[nodiscard]] virtual std::string_view accelerator_name() const = 0;
  // Of this host, in numbers, where its machines reach our disks over TCP, without port and export
  // name; none: by a socket.
  [[nodiscard]] virtual std::optional<tcp_address> disk_server() const { return std::nullopt; }
  // By which those disks are encrypted; none: they are not.
  [[nodiscard]] virtual std::shared_ptr<tls::certificates const> disk_certificates() const {
    return {};
  }
  // Bytes of this host's memory that such a machine may come to take.
  [[nodiscard]] virtual std::uint64_t host_memory(machine_spec const& spec) const = 0;
};

}  // namespace wedgehog::vm
