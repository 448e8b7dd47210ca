#include "verdict/view/console_view.hpp"

#include <algorithm>

#include "verdict/classify_line.hpp"

namespace wedgehog::verdict {
namespace {

// Nothing boots twice in so short a time: the same banner, doubled.
constexpr double boot_apart_s = 3;

}  // namespace

void console_view::observe(stamp when, timeline::console_line const& what, bool guest_lives) {
  auto const word = classify_line(what.text);
  if (word.empty()) return;
  if (word == "panic" && panic_line.empty()) panic_line = what.text.substr(0, 200);
  hear(when, word, 1, guest_lives);
}

void console_view::observe(stamp when, timeline::console_class const& what, bool guest_lives) {
  hear(when, what.word, what.count, guest_lives);
}

void console_view::hear(stamp when, std::string_view word, std::uint64_t count, bool guest_lives) {
  if (count == 0) return;
  auto const add = [&](said& one) {
    one.count += std::min<std::uint64_t>(count, 1'000'000);
    one.last_s = std::max(one.last_s, when.guest_s);
  };
  if (word == "panic") add(panic);
  if (word == "oops") add(oops);
  if (word == "hung-task") add(hung_task);
  if (word == "soft-lockup") add(soft_lockup);
  if (word == "hard-lockup") add(hard_lockup);
  if (word == "rcu-stall") add(rcu_stall);
  if (word == "oom") add(oom);
  if (word == "io-error") add(io_error);
  if (word == "segfault") add(segfault);
  if (word == "boot") {
    if (guest_lives || (boot.count > 0 && when.guest_s - boot.last_s > boot_apart_s))
      booted_again = true;
    add(boot);
  }
}

}  // namespace wedgehog::verdict
