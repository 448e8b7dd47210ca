// The faults of one run: injected by steps, schedules and people, counted, and healed on every way
// out. Whatever is done stands in the timeline as a fault signal.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "faults/fault.hpp"
#include "loop/mailbox.hpp"
#include "plan/schedule.hpp"

namespace wedgehog::faults {

struct tally {
  std::string name;
  std::string kind;
  std::uint64_t hits = 0;
  bool injected = false;  // it was tried; else the run never came to it
  bool may_miss = false;
};

// A fault that was injected at some time of this run.
struct standing {
  plan::inject what;
  bool in_force = false;
  std::uint64_t hits = 0;
};

using plan::planned;

// The names of those that neither a step, a schedule nor the recovery heals, and that do not let go
// by themselves what they hold.
[[nodiscard]] std::set<std::string> lasting_in(plan::plan const& what);

class injector {
 public:
  // `lasting` are the names of faults that nothing will heal: of them the timeline says so, by a
  // signal with the action `stays`.
  injector(fault_targets targets, std::set<std::string> lasting)
      : targets_(std::move(targets)), lasting_(std::move(lasting)) {}

  // References must outlive the call: GCC 12 breaks what is passed by value inside a co_await.

  // A fault that is there already is healed first. Blame: recipe, guest or host.
  loop::awaitable<result<void>> inject(plan::inject const& what);
  // Healing what is healed already is no error. Blame: recipe for a name that was never injected.
  loop::awaitable<result<void>> heal(std::string const& name);
  // The same, but without a complaint about a name that was never injected.
  loop::awaitable<void> heal_if_there(std::string const& name);
  // Latest first; what cannot be healed is noted in the timeline and left.
  loop::awaitable<void> heal_all();
  loop::awaitable<void> heal_all_but(std::vector<std::string> const& keep);
  // From now on nothing is injected: a step or schedule that comes to it is told in the timeline
  // ("skipped"), and is no failure.
  void close(std::string why);
  [[nodiscard]] std::string const& closed() const { return closed_; }
  // Before the machine is told to quit, and before this is destroyed: nothing goes on by itself
  // afterwards. What was not healed stays so.
  loop::awaitable<void> let_go();

  // To be called before the guest begins anew: reads what cannot be asked afterwards, and
  // ends what goes on by itself.
  loop::awaitable<void> prepare(new_beginning how);
  // The guest has begun anew: what did not outlive that is over. From now on faults act on these
  // two; those that they acted on before must last until the next call.
  void begun_anew(new_beginning how, vm::machine* machine, agent::link* agent);

  // In the order in which they were injected, healed ones too. Reads the hits.
  loop::awaitable<std::vector<standing>> all();
  // Reads the hits of what is still there, and says what became of each fault of the plan, then of
  // the others.
  loop::awaitable<std::vector<tally>> count(plan::plan const& what);

 private:
  struct placed {
    explicit placed(loop::asio::any_io_executor const& executor) : turn(executor, 1) {
      turn.push(true);
    }
    // Whoever begins or ends the fault holds it meanwhile: steps, schedules and people may do so
    // at the same time.
    loop::mailbox<bool> turn;
    plan::inject what;
    std::unique_ptr<fault> doing;  // null: healed
    std::uint64_t earlier = 0;     // hits of what was healed under this name
    std::uint64_t hits = 0;        // as last read, with the earlier ones
    std::uint64_t order = 0;
  };

  loop::awaitable<void> read_hits(placed& one);
  loop::awaitable<void> read_hits_alone(placed& one);
  loop::awaitable<result<void>> end(placed& one);
  loop::awaitable<result<void>> end_alone(placed& one);
  [[nodiscard]] std::vector<placed*> in_order();
  void note(plan::inject const& what, std::string action, std::string detail, std::uint64_t hits);

  fault_targets targets_;
  std::set<std::string> lasting_;
  // Whoever was in the middle of one comes back to it.
  std::vector<std::unique_ptr<fault>> ended_;
  std::map<std::string, placed> placed_;
  std::uint64_t injections_ = 0;
  std::string closed_;  // why nothing is injected any more; empty: not closed
};

}  // namespace wedgehog::faults
