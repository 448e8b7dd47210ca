// Once a second, from outside the guest: does QEMU answer, what do its disks and virtqueues hold,
// what do the vCPUs do, how is the host. Works for every guest OS, and never waits for a monitor
// that is stuck. While the guest rests and the last look found nothing under way, QEMU is asked
// every fourth second only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collectors/registers.hpp"
#include "collectors/sink.hpp"
#include "loop/clock.hpp"
#include "vm/machine.hpp"

namespace wedgehog::collectors {

// What only the server of a disk knows.
struct disk_books {
  std::optional<double> oldest_s;
  std::uint64_t held = 0;
  std::string held_by;
};

class machine_sampler {
 public:
  using disk_server = std::function<std::optional<disk_books>(std::string const& disk)>;

  // `rests`: whether the guest has nothing to do and says so, at any moment.
  using guest_rests = std::function<bool()>;

  machine_sampler(loop::clock& time, vm::machine& machine, sink out, disk_server ask_server,
                  guest_rests rests);

  // Until cancelled, or until QEMU is gone (which is its last signal).
  loop::awaitable<void> run();

 private:
  struct disk_counts {
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
    std::uint64_t flushes = 0;
    std::uint64_t failed = 0;
  };

  // One round; false when QEMU is gone.
  loop::awaitable<bool> sample();
  // Whether this round may pass without a look.
  [[nodiscard]] bool may_rest();
  void tell_disk(timeline::disk seen);
  void tell_vcpu(timeline::vcpu seen);
  loop::awaitable<std::optional<json::value>> ask(std::string command, json::object arguments);
  loop::awaitable<void> sample_disks();
  // What their servers know, where there is no monitor to ask.
  void sample_books();
  [[nodiscard]] bool may_ask();
  loop::awaitable<std::uint64_t> in_flight(std::string disk);
  [[nodiscard]] std::size_t vcpus() const;
  loop::awaitable<void> sample_vcpus(double elapsed_s);
  loop::awaitable<std::vector<vcpu_registers>> registers();
  // Of each vCPU by its index; looks a second time, soon, where one stands where it stood before.
  loop::awaitable<std::map<int, double>> string_rates(std::vector<vcpu_registers> const& now);
  void sample_host(loop::duration lag);
  bool report_death();

  loop::clock& time_;
  vm::machine& machine_;
  sink out_;
  disk_server ask_server_;
  guest_rests rests_;
  bool quiet_ = false;  // in the last look nothing was under way
  int rested_ = 0;      // rounds since then
  std::map<std::string, disk_counts> disks_;
  std::vector<vm::thread_stat> last_of_vcpus_;
  loop::time_point last_vcpus_;
  std::vector<vcpu_registers> last_registers_;
  loop::time_point last_look_;
};

}  // namespace wedgehog::collectors
