#include "verdict/view/console_view.hpp"

#include <algorithm>
#include <array>

#include "console/text.hpp"

namespace wedgehog::verdict {
namespace {

// Nothing boots twice in so short a time: the same banner, doubled.
constexpr double boot_apart_s = 3;

// Checks that report and let the kernel go on unharmed: no part of it died.
constexpr std::array harmless_checks{"lockdep", "kcsan",  "kmsan",
                                     "ubsan",   "kfence", "atomic-sleep"};

// The last words of a kernel that was told to halt: Linux (kernel/reboot.c), DragonFly and the BSDs
// (kern_shutdown.c).
bool is_halt(std::string_view body) {
  return body.starts_with("reboot: System halted") || body.starts_with("System halted.") ||
         body.starts_with("The operating system has halted.");
}

}  // namespace

std::string_view word_of(console::rule const& row) {
  using console::severity;
  auto const class_word = row.class_word;
  if (row.level == severity::harmless) return {};
  if (class_word == "memory-deadlock") return "memory-deadlock";
  if (row.level == severity::fatal) return "panic";
  if (class_word == "stall") {
    if (row.title.starts_with("BUG: soft lockup")) return "soft-lockup";
    if (row.title.starts_with("BUG: hard lockup")) return "hard-lockup";
    if (row.title.starts_with("INFO: rcu")) return "rcu-stall";
    return {};
  }
  for (std::string_view const same : {"hung-task", "oom", "io-error", "segfault"})
    if (class_word == same) return same;
  if (class_word == "hung-io") return "hung-task";
  if (class_word == "ddb") return "debugger";
  if (row.level == severity::oops && std::find(harmless_checks.begin(), harmless_checks.end(),
                                               class_word) == harmless_checks.end())
    return "oops";
  return {};
}

void console_view::ask_tables_of(std::string_view os) {
  tables_ = console::classifier(console::system_of(os));
}

void console_view::restart() {
  auto const tables = tables_;
  *this = {};
  tables_ = tables;
}

void console_view::observe(stamp when, timeline::console_line const& what, guest_state guest) {
  bool const guest_lives = guest.guest_lives;
  // What was recorded is raw: colours, carriage returns, bytes that are no text.
  console::line_reader clean([&](console::text_line const& line) {
    auto const body = console::without_prefix(line.text).body;
    if (console::is_boot_banner(body)) {
      hear(when, "boot", 1, guest_lives);
      return;
    }
    if (is_halt(body)) hear(when, "halted", 1, guest_lives, body);
    if (what.partial && console::at_debugger_prompt(body)) hear(when, "debugger", 1, guest_lives);
    file_systems.observe(when, body, guest.faulty);
    auto const hit = tables_.match_line(line.text);
    if (!hit) return;
    auto const word = word_of(*hit->row);
    if (word == "panic" && (panic_line.empty() || (panic_is_vague_ && !hit->row->vague))) {
      panic_line = line.text.substr(0, 200);
      panic_is_vague_ = hit->row->vague;
    }
    if (!word.empty()) hear(when, word, 1, guest_lives, body);
  });
  clean.feed(what.text);
  clean.finish();
}

void console_view::observe(stamp when, timeline::console_class const& what, guest_state guest) {
  hear(when, what.word, what.count, guest.guest_lives);
}

void console_view::hear(stamp when, std::string_view word, std::uint64_t count, bool guest_lives,
                        std::string_view line) {
  if (count == 0) return;
  auto const add = [&](said& one) {
    one.count += std::min<std::uint64_t>(count, 1'000'000);
    one.last_s = std::max(one.last_s, when.guest_s);
    if (one.line.empty()) one.line = std::string(line.substr(0, 200));
  };
  if (word == "panic") add(panic);
  if (word == "oops") add(oops);
  if (word == "hung-task") add(hung_task);
  if (word == "soft-lockup") add(soft_lockup);
  if (word == "hard-lockup") add(hard_lockup);
  if (word == "rcu-stall") add(rcu_stall);
  if (word == "oom") add(oom);
  if (word == "memory-deadlock") add(memory_deadlock);
  if (word == "io-error") add(io_error);
  if (word == "segfault") add(segfault);
  if (word == "halted") add(halted);
  if (word == "debugger") add(debugger);
  if (word == "boot") {
    if (guest_lives || (boot.count > 0 && when.guest_s - boot.last_s > boot_apart_s))
      booted_again = true;
    add(boot);
  }
}

}  // namespace wedgehog::verdict
