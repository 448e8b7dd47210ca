// The tables that say what a console line means, one file per family of kernels: linux.cpp,
// dragonfly.cpp, illumos.cpp, bsd.cpp. A new pattern is one row there (docs/console.md has the
// how-to). The first row that matches decides, so the special stands before the general.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace wedgehog::console {

// How bad a line is. `harmless` looks bad and is known not to be; `warning` leaves the guest
// running; after an `oops` it runs on damaged; `fatal` is the kernel's end.
enum class severity : std::uint8_t { harmless, info, warning, oops, fatal };
[[nodiscard]] std::string_view name_of(severity level);
bool parse_name(std::string_view name, severity& out);

// Where the guilty function of a report is looked for (guilt.hpp).
enum class guilt : std::uint8_t {
  none,     // the words alone name the failure
  line,     // the function on the line, if it says anything; else as `stack`
  stack,    // the first frame that is not infrastructure
  blocked,  // a sleeping task: below the scheduler, the waiting and the locking
  stalled,  // a running CPU: the entry point of the work that does not end
  lock,     // who asked for the lock
  leak,     // who asked for the memory
  race,     // two functions, in either order
};

struct rule {
  std::string_view pattern;
  severity level = severity::oops;
  std::string_view class_word;  // short and stable: part of the signature
  std::string_view title;  // {func} is the guilty function, other names are what the pattern caught
  std::string_view type;
  guilt look = guilt::none;
  bool follows = false;  // with a report open, this line belongs to it; alone it opens one
  bool vague = false;    // the first other row of the same report says better what happened
};

[[nodiscard]] std::span<rule const> linux_rules();
[[nodiscard]] std::span<rule const> dragonfly_rules();
[[nodiscard]] std::span<rule const> illumos_rules();
[[nodiscard]] std::span<rule const> bsd_rules();

}  // namespace wedgehog::console
