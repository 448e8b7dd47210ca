// What plays inside a simulated machine, and what it finds there: a guest is a model with the same
// few things around it that a real one has, a clock, disks, two serial lines, processors, buttons.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "vm/machine_spec.hpp"
#include "vm/simulated/processor_clock.hpp"

namespace wedgehog::vm::simulated {

enum class block_operation { read, write, flush };

struct block_request {
  block_operation what = block_operation::read;
  std::uint64_t offset = 0;
  std::uint32_t length = 4096;
};

// QEMU's side of a disk: the line to its server.
class drive {
 public:
  virtual ~drive() = default;
  // 0 or an errno, sooner or later, or never.
  virtual void submit(block_request const& what, std::function<void(int)> answer) = 0;
  // For good: what is in flight fails, and all that comes.
  virtual void cut() = 0;
  // Whether what its server says is read: not while the process is stopped.
  virtual void listen(bool on) = 0;
  // QEMU is gone; nothing is answered any more.
  virtual void close() = 0;
};
// Connected when it returns, as QEMU wants it before a guest may start. Blame: host.
using drive_maker = std::function<loop::awaitable<result<std::unique_ptr<drive>>>(
    loop::asio::any_io_executor, loop::clock&, disk_spec const&)>;

struct processor {
  bool halted = true;
  bool interrupts_on = true;
  int ring = 0;
  std::uint64_t where = 0xffffffff81000000;
  double load = 0.02;  // of a host's processor
};

class hardware {
 public:
  virtual ~hardware() = default;
  [[nodiscard]] virtual loop::asio::any_io_executor executor() const = 0;
  // Of the processors; starts with the power.
  [[nodiscard]] virtual loop::clock& time() = 0;
  [[nodiscard]] virtual machine_spec const& spec() const = 0;

  // 0 or an errno. The guest gets no answer while a completion is lost, or held.
  virtual loop::awaitable<int> ask_disk(std::string disk, block_request what) = 0;
  // From now on completions of this disk are not noticed by the guest.
  virtual void lose_completions(std::string const& disk, bool lost) = 0;

  virtual void print(std::string_view console_bytes) = 0;
  // To whoever listens at the agent's port; lost when nobody does.
  virtual void say(std::string_view agent_bytes) = 0;

  virtual void set_processor(std::size_t index, processor const& what) = 0;
  // The guest's own doing. What it had is gone soon after.
  virtual void power_off() = 0;
  virtual void reset() = 0;
  // By its panic device: the machine stops as it is.
  virtual void panicked() = 0;
};

// One boot's worth of a guest. Made anew at power-on and after every reset.
class guest {
 public:
  virtual ~guest() = default;
  // Everything it does, until cancelled.
  virtual loop::awaitable<void> live(hardware& hardware) = 0;
  virtual void hear(std::string_view agent_bytes) = 0;
  // A break on the console's line, and then this key.
  virtual void break_and_key(char key) = 0;
  virtual void non_maskable_interrupt() = 0;
  virtual void press_power_button() = 0;
  // Whether it gives a disk away that somebody wants to unplug, gives memory to the balloon, has a
  // driver for its network card.
  [[nodiscard]] virtual bool lets_go_of(std::string const& disk) const = 0;
  [[nodiscard]] virtual std::uint64_t least_memory() const = 0;
};
// `boot`: which of the machine's, from 0.
using guest_maker = std::function<std::unique_ptr<guest>(int boot)>;

}  // namespace wedgehog::vm::simulated
