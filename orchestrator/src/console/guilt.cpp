#include "console/guilt.hpp"

#include <algorithm>
#include <span>

#include "console/roles.hpp"
#include "console/symbol.hpp"

namespace wedgehog::console {

namespace {
bool is_dispatcher(std::string_view function) {
  return dispatching().contains(function);
}

// What ends a kernel calls others on the way: notifiers, dumps, a debugger. All that stands above
// it was called by it, and is never guilty.
std::span<frame const> below_the_end(stack const& s) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < s.frames.size(); ++i)
    if (!s.frames[i].unsure && ending().contains(s.frames[i].function)) begin = i + 1;
  return std::span(s.frames).subspan(begin);
}

// What stands on a stack may be a guess ("? f"). A kernel without frame pointers guesses at all of
// it, and then a guess is better than nothing.
enum class guesses : std::uint8_t { refused, taken };

bool counts(frame const& f, guesses how) {
  return how == guesses::taken ? !f.past_end : !f.unsure;
}

bool is_all_guessed(stack const& s) {
  return std::all_of(s.frames.begin(), s.frames.end(),
                     [](frame const& f) { return f.unsure || f.program_counter; });
}

std::string first_guilty(guilt look, stack const& s, guesses how = guesses::refused) {
  for (frame const& f : below_the_end(s))
    if (counts(f, how) && !is_infrastructure(look, f.function) &&
        !(how == guesses::taken && bottom().contains(f.function)))
      return look == guilt::blocked ? folded_family(f.function) : f.function;
  return {};
}

// "kvm_vcpu_compat_ioctl" that called "kvm_vcpu_ioctl" only translated for it.
bool is_compat_entry(std::string_view function, std::string_view called) {
  std::size_t const at = function.find("compat_");
  return at != std::string_view::npos && !called.empty() &&
         std::string(function.substr(0, at)).append(function.substr(at + 7)) == called;
}

// The stack of the CPU that does not get on: from the interrupt that caught it downwards.
std::string stalled_function(stack const& s) {
  std::size_t begin = 0;
  // With the program counter first the stack is the stalled one itself; else it begins in the
  // interrupt that looked.
  bool const interrupted = !s.frames.empty() && !s.frames[0].program_counter;
  for (std::size_t i = 0; interrupted && i < s.frames.size(); ++i)
    if (!s.frames[i].unsure && timer_interrupts().contains(s.frames[i].function)) {
      begin = i + 1;
      break;
    }
  std::string entry;
  for (std::size_t i = begin; i < s.frames.size(); ++i) {
    frame const& f = s.frames[i];
    if (f.unsure) continue;
    if (f.function.starts_with("smp_call_function")) return "smp_call_function";
    if (is_dispatcher(f.function) || is_compat_entry(f.function, entry)) {
      if (!entry.empty()) return entry;
      continue;
    }
    if (idling().contains(f.function)) return {};
    if (reporting().contains(f.function) || trapping().contains(f.function)) continue;
    if (entry.empty() && yielding().contains(f.function)) continue;
    entry = f.function;
  }
  return entry.starts_with("sys_") ? entry : std::string();
}

// Nothing is left below the interrupt that looked at a stalled CPU: what stands above it is the
// watchdog's, and nobody's fault.
bool is_only_the_looker(stack const& s) {
  return std::any_of(s.frames.begin(), s.frames.end(), [](frame const& f) {
    return !f.unsure && timer_interrupts().contains(f.function);
  });
}

// Where a CPU was caught: the first below the interrupt that is not the lock it spins on.
std::string caught_function(stack const& s) {
  auto const frames = below_the_end(s);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < frames.size(); ++i)
    if (!frames[i].unsure && timer_interrupts().contains(frames[i].function)) begin = i + 1;
  for (frame const& f : frames.subspan(begin))
    if (!f.unsure && !is_infrastructure(guilt::stalled, f.function) &&
        !is_infrastructure(guilt::stack, f.function))
      return f.function;
  return {};
}
}  // namespace

bool is_infrastructure(guilt look, std::string_view function) {
  if (reporting().contains(function) || trapping().contains(function)) return true;
  switch (look) {
    case guilt::blocked:
      return waiting().contains(function) || locking().contains(function) ||
             bricks().contains(function) || bottom().contains(function);
    case guilt::lock:
    case guilt::irq_lock:
      return locking().contains(function) || bricks().contains(function) ||
             copying().contains(function) || waiting().contains(function);
    case guilt::leak:
      return allocating().contains(function) || copying().contains(function) ||
             bricks().contains(function) || function.find("alloc") != std::string_view::npos ||
             function.find("list_lru") != std::string_view::npos;
    case guilt::stalled:
      return is_dispatcher(function);
    case guilt::none:
    case guilt::race:
      return false;
    case guilt::line:
    case guilt::stack:
    case guilt::words:
      return allocating().contains(function) || copying().contains(function) ||
             locking().contains(function) || bricks().contains(function) ||
             waiting().contains(function);
  }
  return false;
}

std::string folded_family(std::string_view function) {
  // Sleepable RCU is another wait: each structure has readers of its own.
  if (function.starts_with("synchronize_srcu") || function.starts_with("__synchronize_srcu"))
    return "synchronize_srcu";
  if (function.starts_with("synchronize_rcu") || function.starts_with("synchronize_sched"))
    return "synchronize_rcu";
  if (function.starts_with("smp_call_function")) return "smp_call_function";
  return std::string(function);
}

std::string guilty_function(guilt look, read_report const& report, std::string_view on_line) {
  std::string const here = plain_function(on_line);
  switch (look) {
    case guilt::none:
    case guilt::race:
      return here;
    case guilt::words:
      break;
    case guilt::line:
      if (!here.empty() && !is_infrastructure(look, here)) return here;
      break;
    case guilt::stalled:
      for (stack const& s : report.stacks)
        if (s.kind != stack_kind::other)
          if (auto found = stalled_function(s); !found.empty()) return found;
      for (stack const& s : report.stacks)
        if (s.kind == stack_kind::failing)
          if (auto found = caught_function(s); !found.empty()) return found;
      break;
    case guilt::irq_lock:
      for (stack const& s : report.stacks)
        if (s.label.starts_with("... which became"))
          if (auto found = first_guilty(guilt::lock, s); !found.empty()) return found;
      look = guilt::lock;
      [[fallthrough]];
    case guilt::lock:
      for (std::string const& site : report.lock_sites) {
        if (!is_infrastructure(look, site)) return site;
        break;  // only the lock asked for
      }
      break;
    case guilt::stack:
      // The place of the access, where the line says it: the stack may be another task's.
      if (!here.empty() && !is_infrastructure(look, here)) return here;
      break;
    default:
      break;
  }
  for (stack const& s : report.stacks)
    if (s.kind == stack_kind::failing && !(look == guilt::stalled && is_only_the_looker(s)))
      if (auto found = first_guilty(look, s); !found.empty()) return found;
  if (!here.empty() && !is_infrastructure(look, here)) return here;
  for (stack const& s : report.stacks)
    if (s.kind == stack_kind::failing && is_all_guessed(s))
      if (auto found = first_guilty(look, s, guesses::taken); !found.empty()) return found;
  if (!here.empty()) return here;
  if (look == guilt::stalled || look == guilt::blocked) return {};
  // Everything was machinery: better its outermost real frame than nothing.
  for (stack const& s : report.stacks)
    if (s.kind == stack_kind::failing)
      for (frame const& f : s.frames)
        if (!f.unsure && look != guilt::words && !reporting().contains(f.function) &&
            !trapping().contains(f.function) && !is_dispatcher(f.function))
          return f.function;
  return {};
}

std::string caller_of(guilt look, read_report const& report, std::string_view function) {
  for (stack const& s : report.stacks) {
    if (s.kind == stack_kind::other) continue;
    bool below = false;
    for (frame const& f : s.frames) {
      if (f.unsure) continue;
      bool const same = f.function == function || folded_family(f.function) == function;
      if (below && !same && !is_infrastructure(look, f.function) && !is_dispatcher(f.function) &&
          !bottom().contains(f.function))
        return f.function;
      below |= same;
    }
    if (below) return {};
  }
  return {};
}

}  // namespace wedgehog::console
