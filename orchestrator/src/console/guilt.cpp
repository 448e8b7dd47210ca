#include "console/guilt.hpp"

#include "console/roles.hpp"

namespace wedgehog::console {

namespace {
bool is_dispatcher(std::string_view function) {
  return dispatching().contains(function);
}

std::string first_guilty(guilt look, stack const& s) {
  for (frame const& f : s.frames)
    if (!f.unsure && !is_infrastructure(look, f.function))
      return look == guilt::blocked ? folded_family(f.function) : f.function;
  return {};
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
    if (is_dispatcher(f.function)) {
      if (!entry.empty()) return entry;
      continue;
    }
    if (idling().contains(f.function)) return {};
    if (reporting().contains(f.function) || trapping().contains(f.function)) continue;
    entry = f.function;
  }
  return entry.starts_with("sys_") ? entry : std::string();
}
}  // namespace

bool is_infrastructure(guilt look, std::string_view function) {
  if (reporting().contains(function) || trapping().contains(function)) return true;
  switch (look) {
    case guilt::blocked:
      return waiting().contains(function) || locking().contains(function) ||
             bricks().contains(function) || bottom().contains(function);
    case guilt::lock:
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
      return allocating().contains(function) || copying().contains(function) ||
             locking().contains(function) || bricks().contains(function) ||
             waiting().contains(function);
  }
  return false;
}

std::string folded_family(std::string_view function) {
  if (function.starts_with("synchronize_rcu") || function.starts_with("synchronize_srcu") ||
      function.starts_with("__synchronize_srcu") || function.starts_with("synchronize_sched"))
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
    case guilt::line:
      if (!here.empty() && !is_infrastructure(look, here)) return here;
      break;
    case guilt::stalled:
      for (stack const& s : report.stacks)
        if (s.kind != stack_kind::other)
          if (auto found = stalled_function(s); !found.empty()) return found;
      break;
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
    if (s.kind == stack_kind::failing)
      if (auto found = first_guilty(look, s); !found.empty()) return found;
  if (!here.empty()) return here;
  if (look == guilt::stalled || look == guilt::blocked) return {};
  // Everything was machinery: better its outermost real frame than nothing.
  for (stack const& s : report.stacks)
    if (s.kind == stack_kind::failing)
      for (frame const& f : s.frames)
        if (!f.unsure && !reporting().contains(f.function) && !trapping().contains(f.function) &&
            !is_dispatcher(f.function))
          return f.function;
  return {};
}

}  // namespace wedgehog::console
