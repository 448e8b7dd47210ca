// Machines as domains of a libvirt daemon, on this host or another.
#pragma once

#include <memory>
#include <string>

#include "vm/backend.hpp"
#include "vm/libvirt/connection.hpp"
#include "vm/libvirt/daemon.hpp"

namespace wedgehog::vm::libvirt {

struct machine_order;

struct program {
  std::string path{};  // of QEMU, absolute; empty: the daemon's choice
  accelerator accel = accelerator::tcg;
};

// How QEMUs there reach the disks that are served here, where they are far.
struct disk_terms {
  std::string address{};       // of this host, in numbers; empty: found out
  std::string certificates{};  // the folder that has them; empty: unencrypted
};

class backend final : public vm::backend {
 public:
  // Connects and asks what there is. `time` must outlive it and its machines. Blame: host; recipe,
  // where something is wrong with the certificates.
  static loop::awaitable<result<std::unique_ptr<vm::backend>>> open(loop::clock& time,
                                                                    std::string uri, program qemu,
                                                                    disk_terms disks);

  [[nodiscard]] std::string_view name() const override { return libvirt::name_of(facts_.how); }
  [[nodiscard]] abilities const& can() const override { return can_do(facts_.how); }
  loop::awaitable<result<std::unique_ptr<vm::machine>>> start(machine_spec const& spec,
                                                              guest_profile const& guest,
                                                              loop::duration limit) override;
  // What `virsh create` takes.
  [[nodiscard]] std::string by_hand(machine_spec const& spec,
                                    guest_profile const& guest) const override;
  [[nodiscard]] std::string_view accelerator_name() const override;
  [[nodiscard]] std::optional<tcp_address> disk_server() const override { return disk_server_; }
  [[nodiscard]] std::shared_ptr<tls::certificates const> disk_certificates() const override {
    return certificates_;
  }
  [[nodiscard]] std::uint64_t host_memory(machine_spec const& spec) const override;

 private:
  backend(std::shared_ptr<connection> by, daemon_facts facts, program qemu)
      : by_(std::move(by)), facts_(std::move(facts)), qemu_(std::move(qemu)) {}
  // Its files are where the daemon finds them when this returns.
  loop::awaitable<result<machine_order>> placed(machine_order order);
  loop::awaitable<result<std::string>> bring(machine_order& order, std::string file,
                                             std::string kind);

  std::shared_ptr<connection> by_;
  daemon_facts facts_;
  program qemu_;
  std::optional<tcp_address> disk_server_;  // where the daemon is far
  std::shared_ptr<tls::certificates const> certificates_;
  int started_ = 0;
};

}  // namespace wedgehog::vm::libvirt
