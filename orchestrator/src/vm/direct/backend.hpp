// QEMU on this host, as a child of this process.
#pragma once

#include "vm/backend.hpp"
#include "vm/direct/command_line.hpp"

namespace wedgehog::vm::direct {

class backend final : public vm::backend {
 public:
  // `time` must outlive it and its machines.
  backend(loop::clock& time, program qemu) : time_(time), qemu_(std::move(qemu)) {}

  [[nodiscard]] std::string_view name() const override { return "direct"; }
  [[nodiscard]] abilities const& can() const override;
  loop::awaitable<result<std::unique_ptr<vm::machine>>> start(machine_spec const& spec,
                                                              guest_profile const& guest,
                                                              loop::duration limit) override;
  // Ready to paste into a shell.
  [[nodiscard]] std::string by_hand(machine_spec const& spec,
                                    guest_profile const& guest) const override;
  [[nodiscard]] std::string program_file() const override;
  [[nodiscard]] std::string_view accelerator_name() const override;
  [[nodiscard]] std::uint64_t host_memory(machine_spec const& spec) const override {
    return spec.memory_bytes;
  }

 private:
  loop::clock& time_;
  program qemu_;
};

}  // namespace wedgehog::vm::direct
