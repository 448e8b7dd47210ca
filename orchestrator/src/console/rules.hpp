// The tables that say what a console line means, one file per family of kernels: linux.cpp,
// dragonfly.cpp, illumos.cpp, bsd.cpp. A new pattern is one row there (docs/console.md has the
// how-to). The first row that matches decides, so the special stands before the general.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/enum_words.hpp"

namespace wedgehog::console {

// How bad a line is. `harmless` looks bad and is known not to be; `warning` leaves the guest
// running; after an `oops` it runs on damaged; `fatal` is the kernel's end.
enum class severity : std::uint8_t { harmless, info, warning, oops, fatal };
BOOST_DESCRIBE_ENUM(severity, harmless, info, warning, oops, fatal)
using wedgehog::name_of;
using wedgehog::parse_name;

// Where the guilty function of a report is looked for (guilt.hpp).
enum class guilt : std::uint8_t {
  none,      // the words alone name the failure
  words,     // they do, and the stack that the kernel itself prints says where
  line,      // the function on the line, if it says anything; else as `stack`
  stack,     // the first frame that is not infrastructure
  blocked,   // a sleeping task: below the scheduler, the waiting and the locking
  stalled,   // a running CPU: the entry point of the work that does not end
  lock,      // who asked for the lock
  irq_lock,  // who took the other lock in an interrupt
  leak,      // who asked for the memory
  race,      // two functions, in either order
};

// What a line says about whose words follow it, or came before it.
enum class speaker_change : std::uint8_t {
  none,
  program_said_it,  // the panic just read was a program's: "goroutine 1 [running]:"
  program_follows,  // a debugger looks at a program's core
  kernel_follows,   // … at a kernel's
};

struct rule {
  std::string_view pattern;
  severity level = severity::oops;
  std::string_view class_word;  // short and stable: part of the signature
  std::string_view title;  // {func} is the guilty function, other names are what the pattern caught
  std::string_view type;
  guilt look = guilt::none;
  bool follows = false;       // with a report open, this line belongs to it; alone it opens one
  bool vague = false;         // the first other row of the same report says better what happened
  bool panic_of_any = false;  // programs say it in the same words
  speaker_change change = speaker_change::none;
  std::string_view name_word = {};  // begins the signature where the class is too wide for one
};

[[nodiscard]] std::span<rule const> program_rules();  // stands before the others
[[nodiscard]] std::span<rule const> linux_rules();
[[nodiscard]] std::span<rule const> dragonfly_rules();
[[nodiscard]] std::span<rule const> illumos_rules();
[[nodiscard]] std::span<rule const> bsd_rules();

}  // namespace wedgehog::console
