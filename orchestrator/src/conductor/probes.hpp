// Active questions to a guest whose state is confirmed and whose passive evidence is safe: does the
// agent answer, does the kernel answer a key on the serial console, does another disk still work?
// Answers are evidence for a person; no verdict rests on them. What to ask is decided by a pure
// function, and asked by a thin one.
#pragma once

#include <string>
#include <vector>

#include "agent/link.hpp"
#include "conductor/recorder.hpp"
#include "guest/profile.hpp"
#include "loop/clock.hpp"
#include "plan/plan.hpp"
#include "verdict/run_verdict.hpp"
#include "vm/machine.hpp"
#include "vm/needs.hpp"

namespace wedgehog::conductor {

struct probe_facts {
  verdict::run_word state = verdict::run_word::unknown;
  bool machine_runs = false;  // QEMU is there
  bool agent_known = false;   // it said hello once
  struct disk {
    std::string name;
    bool held = false;  // a fault holds requests of it
  };
  std::vector<disk> disks;
  vm::abilities machine;  // what they can
  guest::abilities guest;
};

struct probe_decision {
  std::string name;
  std::string left_out;  // why it is not asked; empty: ask it
  std::string disk;      // of `io`
};

// What a probe asks for: of the machine and of the guest.
struct probe_kind {
  std::string_view name;
  vm::needs needs;
};
[[nodiscard]] std::vector<probe_kind> const& probe_catalogue();

// In the order that is wanted, but nmi behind the others, for the guest may not survive it, and the
// debugger last: it may stay there.
[[nodiscard]] std::vector<probe_decision> decide_probes(std::vector<std::string> const& wanted,
                                                        probe_facts const& facts);

class prober {
 public:
  static constexpr auto answer_limit = std::chrono::seconds(5);

  // `agent` may be null when no decision needs it. All of them must outlive it.
  prober(loop::clock& time, recorder& record, vm::machine& machine, guest::profile const& guest,
         agent::link* agent, plan::debugger_questions const& questions);

  // One after the other; each is recorded as a signal, answered or not.
  loop::awaitable<void> all(std::vector<probe_decision> const& decided);
  // JSON: what was asked, and how long the answer took; null: no answer.
  [[nodiscard]] std::string answers() const;
  [[nodiscard]] std::vector<timeline::probe> const& asked() const { return asked_; }
  // What the kernel's debugger said, as it stands on the console; empty when nobody asked it.
  [[nodiscard]] std::string const& debugger_text() const { return debugger_text_; }
  [[nodiscard]] static loop::duration longest(std::vector<probe_decision> const& decided);

 private:
  loop::awaitable<timeline::probe> ask(probe_decision const& one);
  loop::awaitable<result<void>> ask_agent();
  loop::awaitable<result<void>> ask_disk(std::string const& disk);
  loop::awaitable<result<void>> press_on_serial(char key);
  loop::awaitable<result<void>> break_and_key(vm::keyboard& keys, std::string key);
  loop::awaitable<result<void>> send_nmi();
  loop::awaitable<result<void>> visit_debugger(std::string& detail);

  loop::clock& time_;
  recorder& record_;
  vm::machine& machine_;
  guest::profile const& guest_;
  agent::link* agent_;
  plan::debugger_questions const& questions_;
  std::string debugger_text_;
  std::vector<timeline::probe> asked_;
};

}  // namespace wedgehog::conductor
