// One line's stack frame, in the forms of Linux (all architectures; decode_stacktrace.sh's; crash's
// bt), the BSDs' ddb, KDB and kgdb, DragonFly, illumos' console and mdb.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wedgehog::console {

struct frame {
  std::string function;   // without offset and compilers' suffixes
  std::string module;     // where the text names one
  bool unsure = false;    // Linux's "? f": found on the stack, perhaps left over
  bool past_end = false;  // "f+0x110/0x110": what is returned to is behind f, so f never called
  bool program_counter = false;
};

// The line's frame, when it is one. `line` has lost its prefix (transport.hpp).
[[nodiscard]] std::optional<frame> read_frame(std::string_view line);

// "<IRQ>", "</TASK>" and the like, taken off; whether there was one.
bool skip_stack_tags(std::string_view& text);
// "[<ffffffff81000000>]", "[c000000049a87530]", "[<0>]", taken off; whether there was one.
bool skip_address(std::string_view& text);

}  // namespace wedgehog::console
