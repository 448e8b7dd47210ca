// Reads stack frames out of console text: Linux (all architectures, with and without addresses,
// with source lines), the BSDs' ddb, DragonFly, illumos console and mdb.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wedgehog::console {

struct frame {
  std::string function;  // without offset and compilers' suffixes
  std::string module;    // where the text names one
  bool unsure = false;   // Linux's "? f": found on the stack, perhaps left over
  bool program_counter = false;
};

// A run of frames that belong together, and what the text says it is.
enum class stack_kind : std::uint8_t {
  failing,    // the stack of who failed
  processor,  // another CPU's, asked for by the report
  other,      // allocation, free, lock chains, helpers' threads: not where it failed
};
struct stack {
  stack_kind kind = stack_kind::failing;
  std::string label;  // the line that announced it, shortened
  std::vector<frame> frames;
};

struct read_report {
  std::vector<stack> stacks;
  std::vector<std::string> lock_sites;  // "…, at: f" of the lock asked for and those held, in order
  std::string access;                   // "Read" or "Write", of a sanitizer's report
  std::string first_lock, second_lock;  // of a lock order reversal
  std::string workqueue_function;       // "last function: f", "Workqueue: events f"
};

// One line's frame, when it is one. `line` has lost its prefix (without_prefix).
[[nodiscard]] std::optional<frame> read_frame(std::string_view line);
// With a `caller` ("T1234") only the lines that it printed, and those that do not say who printed
// them.
[[nodiscard]] read_report read_stacks(std::vector<std::string> const& lines,
                                      std::string_view caller = {});

// "ext4_iget.isra.0.cold+0x1/0x2" -> "ext4_iget"; "__x64_sys_futex", "SyS_futex" -> "sys_futex".
[[nodiscard]] std::string plain_function(std::string_view symbol);

}  // namespace wedgehog::console
