// One injected fault, whatever it acts on. How to add one: a file with its class and maker, one
// line in catalogue.cpp, which says what it needs, one in CMakeLists.txt, and a row in
// recipe/fault_words.cpp; a test holds the two catalogues against each other.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/link.hpp"
#include "faults/disk_set.hpp"
#include "plan/plan.hpp"
#include "timeline/signal.hpp"
#include "vm/machine.hpp"
#include "vm/needs.hpp"

namespace wedgehog::faults {

// What faults act on. All of it outlives them.
struct fault_targets {
  loop::clock& time;
  disk_set& disks;
  vm::machine* machine;  // both may be null where only disks are broken
  agent::link* agent;
  std::function<void(timeline::payload)> record;
};

// How a guest begins anew.
enum class new_beginning { reset, power_cut };

class fault {
 public:
  virtual ~fault() = default;
  // What exactly was done, in words. begin() is called once, and first; end() also after a begin()
  // that failed or was cancelled half way, and again when it was itself cancelled.
  virtual loop::awaitable<result<std::string>> begin() = 0;
  virtual loop::awaitable<result<std::string>> end() = 0;
  // What it has hit since begin(), while it lasts. 0 when that cannot be told.
  virtual loop::awaitable<std::uint64_t> hits() = 0;
  // The machine is about to be told to quit, or has gone: ends what goes on by itself on the host.
  // Nothing else has to be undone. Must not fail; may come before, after and without end().
  virtual loop::awaitable<void> let_go() { co_return; }
  // Whether it is still there when the guest has begun anew. Most are QEMU's: they outlive a reset
  // and end with the power.
  [[nodiscard]] virtual bool outlives(new_beginning how) const {
    return how == new_beginning::reset;
  }
};

struct fault_kind {
  std::string_view name;
  std::string_view counts;  // what a hit is
  vm::needs needs;          // of the machine and of the guest; disks are ours
  std::unique_ptr<fault> (*make)(plan::inject const& what, fault_targets& targets);
};

[[nodiscard]] std::vector<fault_kind> const& catalogue();
[[nodiscard]] fault_kind const* find_kind(std::string_view name);

// One file each, but for the two buttons.
std::unique_ptr<fault> make_disk_fault(plan::inject const& what, fault_targets& targets);
std::unique_ptr<fault> make_hog(plan::inject const& what, fault_targets& targets);
std::unique_ptr<fault> make_balloon(plan::inject const& what, fault_targets& targets);
std::unique_ptr<fault> make_pause(plan::inject const& what, fault_targets& targets);
std::unique_ptr<fault> make_nmi(plan::inject const& what, fault_targets& targets);
std::unique_ptr<fault> make_reset(plan::inject const& what, fault_targets& targets);
std::unique_ptr<fault> make_power_button(plan::inject const& what, fault_targets& targets);
std::unique_ptr<fault> make_cpu_duty(plan::inject const& what, fault_targets& targets);
std::unique_ptr<fault> make_cpu_quota(plan::inject const& what, fault_targets& targets);
std::unique_ptr<fault> make_sigstop(plan::inject const& what, fault_targets& targets);
std::unique_ptr<fault> make_cpu_offline(plan::inject const& what, fault_targets& targets);
std::unique_ptr<fault> make_link_down(plan::inject const& what, fault_targets& targets);
std::unique_ptr<fault> make_unplug(plan::inject const& what, fault_targets& targets);
std::unique_ptr<fault> make_resize(plan::inject const& what, fault_targets& targets);
std::unique_ptr<fault> make_clock_step(plan::inject const& what, fault_targets& targets);

}  // namespace wedgehog::faults
