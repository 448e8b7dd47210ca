// The machine port of a model: no process, no file, no socket but pairs that end in this process.
// What it can is what a machine on this host can, but for the things that are the host's own (a
// memory file, a pid for control groups).
#pragma once

#include <functional>
#include <memory>

#include "vm/backend.hpp"
#include "vm/simulated/qemu.hpp"

namespace wedgehog::vm::simulated {

[[nodiscard]] abilities const& can_do();

class backend final : public vm::backend {
 public:
  // `plan_model` is asked for every machine: `nth`, from 0. `time` must outlive it and its
  // machines.
  using model_maker = std::function<model(int nth, machine_spec const&)>;
  backend(loop::clock& time, model_maker make) : time_(time), make_(std::move(make)) {}

  [[nodiscard]] std::string_view name() const override { return "simulated"; }
  [[nodiscard]] abilities const& can() const override { return can_do(); }
  loop::awaitable<result<std::unique_ptr<vm::machine>>> start(machine_spec const& spec,
                                                              guest_profile const& guest,
                                                              loop::duration limit) override;
  [[nodiscard]] std::string by_hand(machine_spec const&, guest_profile const&) const override {
    return "a simulated machine";
  }
  [[nodiscard]] std::string_view accelerator_name() const override { return "simulated"; }
  [[nodiscard]] std::uint64_t host_memory(machine_spec const&) const override { return 0; }

  // Of all that it ever made.
  [[nodiscard]] std::size_t alive() const;
  [[nodiscard]] std::vector<std::shared_ptr<qemu>> const& made() const { return made_; }

 private:
  loop::clock& time_;
  model_maker make_;
  int starts_ = 0;
  std::vector<std::shared_ptr<qemu>> made_;
};

}  // namespace wedgehog::vm::simulated
