// What the guest's console said, by class and time. Lines are looked up in the console tables of
// the guest's system; in those of all systems while nobody said which it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "console/classifier.hpp"
#include "timeline/signal.hpp"
#include "verdict/view/file_system_view.hpp"
#include "verdict/view/guest_clock.hpp"

namespace wedgehog::verdict {

struct console_view {
  struct said {
    std::uint64_t count = 0;
    double last_s = 0;
    std::string line;  // the first, where the line itself was recorded
    // "…: the line", for a reason.
    [[nodiscard]] std::string quoted() const { return line.empty() ? "" : ": " + line; }
    [[nodiscard]] bool within(double now_s, double span_s) const {
      return count > 0 && now_s - last_s <= span_s;
    }
  };
  // `oops`: a part of the kernel died, or its memory is damaged; it runs on. `memory_deadlock`: the
  // kernel needs memory to free memory, and there is none.
  said panic, oops, hung_task, soft_lockup, hard_lockup, rcu_stall, oom, memory_deadlock, io_error,
      segfault, boot;
  file_system_view file_systems;
  said halted;    // the kernel has ended as it was told to, and the power stays on
  said debugger;  // it stands in its debugger, or at that one's prompt
  std::string panic_line;
  bool booted_again = false;  // a banner after another, or while a workload was under way

  // `os` is the word of the guest's profile.
  void ask_tables_of(std::string_view os);
  struct guest_state {
    bool guest_lives = false;  // something has already reported, so a banner now is a second one
    bool faulty = false;       // a fault of ours that loses or changes data has hit
  };
  void observe(stamp when, timeline::console_line const& what, guest_state guest);
  void observe(stamp when, timeline::console_class const& what, guest_state guest);
  // Another machine, of the same system.
  void restart();

 private:
  void hear(stamp when, std::string_view word, std::uint64_t count, bool guest_lives,
            std::string_view line = {});

  console::classifier tables_;
  bool panic_is_vague_ = false;  // a later line says better why
};

// What the judge makes of a console line: panic oops hung-task soft-lockup hard-lockup rcu-stall
// oom memory-deadlock io-error segfault debugger, or "" for what the tables do not know and what is
// harmless or a mere warning.
[[nodiscard]] std::string_view word_of(console::rule const& row);

}  // namespace wedgehog::verdict
