// Somebody at the console asks the guest's kernel debugger: in by a break, else by an NMI, where it
// does not stand there already; then one command after the other. While it listens, the system
// stands still.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "guest/debugger_talk.hpp"
#include "loop/bell.hpp"
#include "loop/clock.hpp"
#include "plan/plan.hpp"
#include "vm/serial_console.hpp"

namespace wedgehog::conductor {

class debugger_visit {
 public:
  static constexpr auto way_limit = std::chrono::seconds(4);  // for each way in
  static constexpr auto limit = std::chrono::seconds(60);     // for all of it

  using interrupt = std::function<loop::awaitable<void>()>;  // sends an NMI

  // All must outlive it.
  debugger_visit(loop::asio::any_io_executor const& executor, loop::clock& time,
                 vm::serial_console& console, interrupt send_nmi,
                 guest::debugger_profile const& with, plan::debugger_questions const& questions);

  // Until every answer is there, and the system goes on where that is wanted. Blame: guest when it
  // does not come to the prompt or does not answer.
  loop::awaitable<result<void>> hold();
  // Also of a talk that failed, as far as it came.
  [[nodiscard]] std::vector<guest::debugger_answer> answers() const;
  [[nodiscard]] std::string const& way_in() const { return way_; }  // "by a break"

 private:
  loop::awaitable<result<void>> sit(vm::keyboard& keys);
  loop::awaitable<void> enter(vm::keyboard& keys, loop::time_point until);
  loop::awaitable<result<void>> try_way(vm::keyboard& keys, std::size_t number);
  // What is to be typed is typed, until `until` or until the talk has come in, or is over.
  loop::awaitable<result<void>> talk(vm::keyboard& keys, loop::time_point until, bool only_enter);
  [[nodiscard]] microseconds now() const;

  loop::clock& time_;
  vm::serial_console& console_;
  interrupt send_nmi_;
  guest::debugger_profile const& with_;
  plan::debugger_questions const& questions_;
  std::optional<guest::debugger_talk> talk_;
  std::string typed_;
  loop::bell heard_;
  std::string way_;
};

}  // namespace wedgehog::conductor
