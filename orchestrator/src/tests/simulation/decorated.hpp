// A backend and machines that pass everything on, to be derived from: by one method that is another
// way, a life is spoiled.
#pragma once

#include <memory>

#include "vm/backend.hpp"

namespace wedgehog::simulation {

class decorated_machine : public vm::machine {
 public:
  explicit decorated_machine(std::unique_ptr<vm::machine> inner) : inner_(std::move(inner)) {}

  [[nodiscard]] vm::machine_spec const& spec() const override { return inner_->spec(); }
  [[nodiscard]] vm::abilities const& can() const override { return inner_->can(); }
  [[nodiscard]] vm::monitor_names const& names() const override { return inner_->names(); }
  [[nodiscard]] qmp::client& monitor() override { return inner_->monitor(); }
  [[nodiscard]] qmp::client& second_monitor() override { return inner_->second_monitor(); }
  [[nodiscard]] vm::serial_console& console() override { return inner_->console(); }
  loop::awaitable<result<loop::descriptor>> open_agent_line(loop::duration limit) override {
    return inner_->open_agent_line(limit);
  }
  [[nodiscard]] vm::host_process* process() override { return inner_->process(); }
  std::optional<vm::ending> ended() override { return inner_->ended(); }
  loop::awaitable<vm::ending> wait() override { return inner_->wait(); }
  void kill() override { inner_->kill(); }
  loop::awaitable<void> stop(loop::duration patience) override { return inner_->stop(patience); }
  [[nodiscard]] wedgehog::result<vm::memory_place> memory_file() const override {
    return inner_->memory_file();
  }
  loop::awaitable<result<void>> dump_memory(int into, loop::duration limit) override {
    return inner_->dump_memory(into, limit);
  }
  [[nodiscard]] std::string last_words() const override { return inner_->last_words(); }

 protected:
  std::unique_ptr<vm::machine> inner_;
};

// Its machines are `Machine`, made from the inner one and the clock.
template <class Machine>
class decorated_backend final : public vm::backend {
 public:
  decorated_backend(std::unique_ptr<vm::backend> inner, loop::clock& time)
      : inner_(std::move(inner)), time_(time) {}
  [[nodiscard]] std::string_view name() const override { return inner_->name(); }
  [[nodiscard]] vm::abilities const& can() const override { return inner_->can(); }
  loop::awaitable<result<std::unique_ptr<vm::machine>>> start(vm::machine_spec const& spec,
                                                              vm::guest_profile const& guest,
                                                              loop::duration limit) override {
    auto made = co_await inner_->start(spec, guest, limit);
    if (!made) co_return made.error();
    co_return std::unique_ptr<vm::machine>(
        std::make_unique<Machine>(std::move(made.value()), time_));
  }
  [[nodiscard]] std::string by_hand(vm::machine_spec const& spec,
                                    vm::guest_profile const& guest) const override {
    return inner_->by_hand(spec, guest);
  }
  [[nodiscard]] std::string_view accelerator_name() const override {
    return inner_->accelerator_name();
  }
  [[nodiscard]] std::uint64_t host_memory(vm::machine_spec const& spec) const override {
    return inner_->host_memory(spec);
  }

 private:
  std::unique_ptr<vm::backend> inner_;
  loop::clock& time_;
};

}  // namespace wedgehog::simulation
