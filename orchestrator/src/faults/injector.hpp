// The faults of one run: injected by steps and by the clock, counted, and healed on every way out.
// Whatever is done stands in the timeline as a fault signal.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "faults/fault.hpp"

namespace wedgehog::faults {

struct tally {
  std::string name;
  std::string kind;
  std::uint64_t hits = 0;
  bool injected = false;  // it was tried; else the run never came to it
};

// Every fault that the plan means to inject, by steps at any depth and by the clock, in that order.
[[nodiscard]] std::vector<plan::inject> planned(plan::plan const& what);

class injector {
 public:
  explicit injector(surroundings around) : around_(std::move(around)) {}

  // References must outlive the call: GCC 12 breaks what is passed by value inside a co_await.

  // A fault that is there already is healed first. Blame: recipe, guest or host.
  loop::awaitable<result<void>> inject(plan::inject const& what);
  // Healing what is healed already is no error. Blame: recipe for a name that was never injected.
  loop::awaitable<result<void>> heal(std::string const& name);
  // Latest first; what cannot be healed is noted in the timeline and left.
  loop::awaitable<void> heal_all();
  // Before the machine is told to quit, and before this is destroyed: nothing goes on by itself
  // afterwards. What was not healed stays so.
  loop::awaitable<void> let_go();
  // Waits, injects, waits, heals. What goes wrong is noted; the fault then has no hits.
  loop::awaitable<void> follow(plan::scheduled_fault const& what);

  // To be called before the guest begins anew: reads what cannot be asked afterwards, and
  // ends what goes on by itself.
  loop::awaitable<void> prepare(new_beginning how);
  // The guest has begun anew: what did not outlive that is over. From now on faults act on these
  // two; those that they acted on before must last until the next call.
  void begun_anew(new_beginning how, vm::machine* machine, agent::link* agent);

  // Reads the hits of what is still there, and says what became of each fault of the plan.
  loop::awaitable<std::vector<tally>> count(plan::plan const& what);

 private:
  struct placed {
    plan::inject what;
    std::unique_ptr<fault> doing;  // null: healed
    std::uint64_t earlier = 0;     // hits of what was healed under this name
    std::uint64_t hits = 0;        // as last read, with the earlier ones
    std::uint64_t order = 0;
  };

  loop::awaitable<void> read_hits(placed& one);
  loop::awaitable<result<void>> end(placed& one);
  void note(plan::inject const& what, std::string action, std::string detail, std::uint64_t hits);

  surroundings around_;
  // Whoever was in the middle of one comes back to it.
  std::vector<std::unique_ptr<fault>> ended_;
  std::map<std::string, placed> placed_;
  std::uint64_t injections_ = 0;
};

}  // namespace wedgehog::faults
