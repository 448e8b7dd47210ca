// One QEMU on this host: started, watched, and never outliving its owner.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "loop/process.hpp"
#include "vm/backend.hpp"
#include "vm/direct/command_line.hpp"
#include "vm/direct/console.hpp"

namespace wedgehog::vm::direct {

// What every QEMU on this host can.
[[nodiscard]] abilities const& can_do();

class machine final : public vm::machine, private host_process {
 public:
  static loop::awaitable<result<std::unique_ptr<vm::machine>>> start(loop::clock& time,
                                                                     program const& qemu,
                                                                     machine_spec const& spec,
                                                                     guest_profile const& guest,
                                                                     loop::duration limit);
  // Out of parts that are there already, opening nothing: for tests, whose QEMU is a script.
  struct parts {
    machine_spec spec;
    loop::process qemu;
    direct::console console;
    qmp::client monitor;
    std::vector<int> vcpu_threads;
  };
  static std::unique_ptr<vm::machine> assemble(loop::clock& time, parts from);

  [[nodiscard]] machine_spec const& spec() const override { return spec_; }
  [[nodiscard]] abilities const& can() const override { return can_do(); }
  [[nodiscard]] monitor_names const& names() const override { return names_; }
  [[nodiscard]] qmp::client& monitor() override { return monitor_; }
  [[nodiscard]] qmp::client& second_monitor() override { return second_monitor_; }
  [[nodiscard]] serial_console& console() override { return console_; }
  loop::awaitable<result<loop::descriptor>> open_agent_line(loop::duration limit) override;
  [[nodiscard]] host_process* process() override { return this; }
  std::optional<ending> ended() override;
  loop::awaitable<ending> wait() override;
  void kill() override;
  loop::awaitable<void> stop(loop::duration patience) override;
  [[nodiscard]] result<memory_place> memory_file() const override;
  loop::awaitable<result<void>> dump_memory(int into, loop::duration limit) override;
  [[nodiscard]] std::string last_words() const override;

 private:
  machine(loop::clock& time, machine_spec spec, loop::process qemu, direct::console console);
  loop::awaitable<result<void>> open_monitors(loop::duration deadline);
  loop::awaitable<result<void>> begin_as_copy(loop::duration limit);

  [[nodiscard]] pid_t pid() const override { return qemu_.pid(); }
  bool signal(int number) override { return qemu_.signal(number); }
  [[nodiscard]] std::optional<thread_stat> main_thread() const override;
  [[nodiscard]] std::optional<thread_stat> vcpu_thread(std::size_t index) const override;
  [[nodiscard]] std::size_t vcpu_threads() const override { return vcpu_threads_.size(); }

  loop::clock& time_;
  machine_spec spec_;
  monitor_names names_;
  loop::process qemu_;
  direct::console console_;
  qmp::client monitor_;
  qmp::client second_monitor_;
  std::vector<int> vcpu_threads_;
  result<memory_place> memory_of_copy_ = memory_place{};
  bool ended_by_us_ = false;
};

}  // namespace wedgehog::vm::direct
