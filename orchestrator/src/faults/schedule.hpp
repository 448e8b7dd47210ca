// The scheduled faults of one run: waits for what each counts from, injects and heals at the
// moments that plan/schedule.hpp says. A group is injected and healed together.
#pragma once

#include <list>
#include <optional>
#include <string>

#include "base/pattern.hpp"
#include "faults/injector.hpp"
#include "loop/mailbox.hpp"
#include "loop/nursery.hpp"
#include "plan/schedule.hpp"

namespace wedgehog::faults {

class schedule {
 public:
  // All of them must outlive it. `record` gets what the schedule itself has to say: milestones
  // named "fault-due".
  schedule(loop::asio::any_io_executor const& executor, loop::clock& time, plan::plan const& what,
           injector& into, std::function<void(timeline::payload)> record);

  // The first step begins now.
  void begin();
  // Every signal of the run goes through here: steps that end, progress, console lines.
  void take(timeline::signal const& one);
  // To be awaited before the step at `path` (of the run: "3.r2.1") begins: what lasts until then is
  // healed when it returns.
  loop::awaitable<void> before_step(std::string const& path);
  // Nothing is injected any more; what is injected stays. Safe to call again.
  loop::awaitable<void> stop();

 private:
  struct follower {
    follower(loop::asio::any_io_executor const& executor, plan::scheduled_fault const& of)
        : what(of), begun(executor, 1), ended(executor, 1) {}
    plan::scheduled_fault const& what;
    std::string begin_path;  // of the step it counts from
    std::string until_path;
    std::optional<pattern> console;
    loop::mailbox<bool> begun;  // what it counts from has happened
    loop::mailbox<bool> ended;  // the step it lasts until is about to begin
    bool over = false;          // … and so nothing more is injected
  };

  loop::awaitable<void> follow(follower& one);
  loop::awaitable<bool> inject_all(follower& one);
  loop::awaitable<void> heal_all(follower& one);
  static bool begins_with(follower const& one, timeline::signal const& seen);

  loop::clock& time_;
  plan::plan const& plan_;
  injector& into_;
  std::function<void(timeline::payload)> record_;
  std::list<follower> followers_;
  loop::nursery running_;
};

}  // namespace wedgehog::faults
