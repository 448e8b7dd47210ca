// One QEMU on this host: started, watched, and never outliving its owner. What happens inside the
// guest is nobody's business here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "loop/clock.hpp"
#include "loop/process.hpp"
#include "qmp/client.hpp"
#include "vm/command_line.hpp"
#include "vm/console.hpp"
#include "vm/machine_spec.hpp"

namespace wedgehog::vm {

class machine {
 public:
  // Starts QEMU and opens both monitors; the guest runs when this returns. Blame: host, quoting
  // QEMU's own words when it refused or died. `qemu_log` gets QEMU's stdout and stderr.
  static loop::awaitable<result<std::unique_ptr<machine>>> start(loop::clock& time,
                                                                 machine_spec spec,
                                                                 guest_profile guest,
                                                                 std::string qemu_log,
                                                                 loop::duration deadline);
  // Out of parts that are there already, opening nothing: for tests, whose QEMU is a script.
  struct parts {
    machine_spec spec;
    loop::process qemu;
    console_reader console;
    qmp::client monitor;
    std::vector<int> vcpu_threads;
  };
  static std::unique_ptr<machine> assemble(loop::clock& time, parts from);
  ~machine();

  [[nodiscard]] machine_spec const& spec() const { return spec_; }
  [[nodiscard]] std::vector<std::string> const& argv() const { return argv_; }
  [[nodiscard]] loop::process& qemu() { return qemu_; }
  // Answers late or not at all while QEMU's main loop is stuck.
  [[nodiscard]] qmp::client& monitor() { return monitor_; }
  // For out-of-band commands, which are answered even then.
  [[nodiscard]] qmp::client& second_monitor() { return second_monitor_; }
  [[nodiscard]] console_reader& console() { return console_; }
  // Thread ids of the vCPUs, by index.
  [[nodiscard]] std::vector<int> const& vcpu_threads() const { return vcpu_threads_; }
  // The last lines of what QEMU wrote to stderr.
  [[nodiscard]] std::string last_words() const;

  // Asks QEMU to quit, and kills it when it has not gone within `patience`. Safe to call again.
  loop::awaitable<void> stop(loop::duration patience);

 private:
  machine(loop::clock& time, machine_spec spec, std::vector<std::string> argv, loop::process qemu,
          console_reader console, std::string qemu_log);
  loop::awaitable<result<void>> open_monitors(loop::duration deadline);

  loop::clock& time_;
  machine_spec spec_;
  std::vector<std::string> argv_;
  std::string qemu_log_;
  loop::process qemu_;
  console_reader console_;
  qmp::client monitor_;
  qmp::client second_monitor_;
  std::vector<int> vcpu_threads_;
};

}  // namespace wedgehog::vm
