#include "console/frame.hpp"

#include <array>

#include "console/symbol.hpp"
#include "console/text.hpp"

namespace wedgehog::console {

namespace {
bool skip(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

bool skip_address(std::string_view& text) {
  bool const whole = text.starts_with('[');
  if (!whole && !text.starts_with('<')) return false;  // a copy may have lost its first column
  if (skip(text, "[] ")) return true;                  // somebody took the addresses out
  std::size_t n = whole ? 1 : 0;
  if (n < text.size() && text[n] == '<') ++n;
  if (text.substr(n).starts_with("0x")) n += 2;
  std::size_t const digits = n;
  while (n < text.size() && n < 24 && is_hex(text[n])) ++n;
  if (n == digits) return false;
  if (n < text.size() && text[n] == '>') ++n;
  if (n >= text.size() || text[n] != ']') return false;
  text.remove_prefix(n + 1);
  skip_blanks(text);
  return true;
}

namespace {
std::optional<frame> made(std::string_view symbol, bool unsure, bool program_counter) {
  frame out;
  out.function = plain_function(symbol);
  if (out.function.empty()) return std::nullopt;
  out.unsure = unsure;
  out.program_counter = program_counter;
  return out;
}

// A symbol with an offset at the start of `text`, or one followed by a source position ("f
// mm/slab.c:12 [inline]", "f (mm/slab.c:12)").
std::optional<frame> symbol_here(std::string_view text, bool unsure, bool program_counter) {
  skip(text, ".");              // 64-bit POWER's first ABI: ".f" is the code of f
  if (text.starts_with(':')) {  // Linux 2.6: ":dvb_core:dvb_unregister_frontend+0xb5/0x100"
    std::size_t const module = symbol_length(text.substr(1));
    if (module > 0 && text.substr(1 + module).starts_with(':')) text.remove_prefix(module + 2);
  }
  std::size_t const length = symbol_length(text);
  if (length == 0) return std::nullopt;
  std::string_view const rest = text.substr(length);
  bool const offset = rest.starts_with("+0x") && offset_length(rest) > 0;
  bool const position =
      (rest.starts_with(' ') && rest.ends_with("[inline]")) || position_length(rest) > 0;
  if (!offset && !position) return std::nullopt;
  auto out = made(text.substr(0, length), unsure, program_counter);
  if (out) {
    std::string_view const place = rest.substr(0, offset ? offset_length(rest) : 0);
    std::size_t const slash = place.find('/');
    out->past_end =
        slash != std::string_view::npos && place.substr(1, slash - 1) == place.substr(slash + 1);
  }
  return out;
}

// MIPS and LoongArch: "epc   : 80100000 frob_put+0x4/0x10"; POWER's debugger has a colon behind.
void skip_bare_address(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && is_hex(text[n])) ++n;
  if (n < 8 || n > 16 || n >= text.size() || (text[n] != ' ' && text[n] != ':')) return;
  text.remove_prefix(text[n] == ':' ? n + 1 : n);
  skip_blanks(text);
}

constexpr std::array registers{"RIP: ",      "EIP: ",     "EIP is at ", "PC is at ", "pc : ",
                               "pc: ",       "epc : ",    "epc   : ",   "PC: ",      "NIP ",
                               "IP: ",       "ip: ",      "TPC: <",     "IAOQ[0]: ", "ERA: ",
                               "Krnl PSW :", "pc is at ", "IP is at "};

// The line that holds the program counter: "RIP: 0010:f+0x1/0x2", "RIP: 0010:[<addr>]  [<addr>]
// f+0x1".
std::optional<frame> program_counter(std::string_view text) {
  if (text.starts_with("Stopped ")) {  // ddb: "Stopped at   f+0x150:  movzbl …", "Stopped in
                                       // pid 1.2 (x) at  netbsd:f+0x1:"
    std::size_t const at = text.find("at ");
    std::string_view place =
        at == std::string_view::npos ? std::string_view{} : text.substr(at + 3);
    skip_blanks(place);
    skip(place, "netbsd:");
    return symbol_here(place, false, true);
  }
  if (skip(text, "[exception RIP: ")) {  // crash: "[exception RIP: frob_put+77]"
    std::size_t const length = symbol_length(text);
    return length > 0 && text.substr(length).starts_with('+')
               ? made(text.substr(0, length), false, true)
               : std::nullopt;
  }
  for (std::string_view const name : registers) {
    if (!text.starts_with(name)) continue;
    std::string_view rest = text.substr(name.size());
    if (name == "Krnl PSW :") {  // "Krnl PSW : 0704c0018 0000ff (f+0x1/0x2)"
      std::size_t const open = rest.substr(0, 80).find('(');
      return open == std::string_view::npos ? std::nullopt
                                            : symbol_here(rest.substr(open + 1), false, true);
    }
    skip_blanks(rest);
    if (rest.size() > 5 && is_hex(rest[0]) && rest[4] == ':') {
      if (!rest.starts_with("0010:") && !rest.starts_with("0008:") && !rest.starts_with("0060:") &&
          !rest.starts_with("e030:") && !rest.starts_with("0061:"))
        return std::nullopt;  // user mode
      rest.remove_prefix(5);
    }
    skip_blanks(rest);
    while (skip_address(rest)) {
    }
    skip_bare_address(rest);
    return symbol_here(rest, false, true);
  }
  return std::nullopt;
}

// " [frobfs]" behind a symbol of ARM's.
std::size_t module_length(std::string_view text) {
  if (!text.starts_with(" [")) return 0;
  std::size_t const end = text.substr(0, 80).find(']');
  return end == std::string_view::npos || symbol_length(text.substr(2)) != end - 2 ? 0 : end + 1;
}

// ARM: "[<8010f004>] (schedule) from [<801>] (schedule_timeout+0x1/0x2)", "schedule from
// schedule_timeout+0x1/0x2", both also with "[module]" behind the symbol.
std::optional<frame> arm_frame(std::string_view text, bool had_address) {
  bool const parted = had_address && skip(text, "(");
  std::size_t const length = symbol_length(text);
  if (length == 0) return std::nullopt;
  std::string_view rest = text.substr(length);
  rest.remove_prefix(offset_length(rest));
  rest.remove_prefix(module_length(rest));
  if (parted) {
    if (!rest.starts_with(") from ") && !rest.starts_with(") [<")) return std::nullopt;
    return made(text.substr(0, length), false, false);
  }
  if (!skip(rest, " from ")) return std::nullopt;
  while (skip_address(rest)) {
  }
  skip(rest, "(");
  std::size_t const second = symbol_length(rest);
  if (second == 0 || !rest.substr(second).starts_with("+0x")) return std::nullopt;
  return made(text.substr(0, length), false, false);
}

// Linux' crash: "#2 [ffff88209d5b1220] frob_commit at ffffffffa0152a7e [frobfs]".
std::optional<frame> crash_frame(std::string_view text) {
  if (!skip_address(text)) return std::nullopt;
  std::size_t const length = symbol_length(text);
  std::string_view rest = text.substr(length);
  rest.remove_prefix(offset_length(rest));
  if (length == 0 || !rest.starts_with(" at ")) return std::nullopt;
  return made(text.substr(0, length), false, false);
}

// ddb and KDB: "f(args) at f+0x1", "f() at netbsd:f+0x1 file:line", "#3 0xffff at f+0x1", "#3
// f+0x1".
std::optional<frame> bsd_frame(std::string_view text) {
  if (text.starts_with('#')) {
    std::string_view rest = text.substr(1);
    std::size_t n = 0;
    while (n < rest.size() && is_digit(rest[n])) ++n;
    if (n == 0 || n > 3) return std::nullopt;
    rest.remove_prefix(n);
    skip_blanks(rest);
    if (rest.starts_with('[')) return crash_frame(rest);
    if (skip(rest, "0x")) {
      while (!rest.empty() && is_hex(rest[0])) rest.remove_prefix(1);
      if (!skip(rest, " at ") && !skip(rest, " in ")) return std::nullopt;
      std::size_t const length = symbol_length(rest);
      if (length == 0) return std::nullopt;
      std::string_view const after = rest.substr(length);
      if (!after.starts_with('+') && !after.starts_with(" (") && !after.empty())
        return std::nullopt;
      return made(rest.substr(0, length), false, false);
    }
    if (auto found = symbol_here(rest, false, false)) return found;
    // kgdb's innermost frame has no address: "#0  doadump (textdump=1) at …"
    std::size_t const length = symbol_length(rest);
    if (length > 0 && rest.substr(length).starts_with(" (") &&
        rest.find(") at ") != std::string_view::npos)
      return made(rest.substr(0, length), false, false);
    return std::nullopt;
  }
  std::size_t const length = symbol_length(text);
  std::size_t const at = length == 0 ? length : text.find(") at ", length);
  if (length == 0 || at == std::string_view::npos) return std::nullopt;
  std::string_view place = text.substr(at + 5);
  skip(place, "netbsd:");
  std::size_t const named = symbol_length(place);
  if (named == 0) return std::nullopt;
  // Read from a photograph the brackets may be gone; the place has the name a second time.
  if (!text.substr(length).starts_with('('))
    return place.substr(named).starts_with("+0x") ? made(place.substr(0, named), false, false)
                                                  : std::nullopt;
  // NetBSD names an inlined callee after the place: "f() at netbsd:f+0x1 g sys/kern/x.c:12
  // [inline]".
  std::string_view rest = place.substr(named + offset_length(place.substr(named)));
  if (rest.ends_with("[inline]")) {
    skip_blanks(rest);
    if (std::size_t const inner = symbol_length(rest);
        inner > 0 && rest.substr(inner).starts_with(' '))
      return made(rest.substr(0, inner), false, false);
  }
  auto out = made(text.substr(0, length), false, false);
  // Returning to a function's first byte is returning behind the one before it, which ended in a
  // call that does not come back.
  bool const whole = place.substr(0, named) == text.substr(0, length);  // not cut by a terminal
  if (out && whole) out->unsure = out->past_end = !place.substr(named).starts_with('+');
  return out;
}

// ksymoops, of the 2.4 kernels: ">>EIP; c0133664 <frob_get+f8/180>", "Trace; c01 <f+26/80>".
std::optional<frame> ksymoops_frame(std::string_view text) {
  bool const counter = skip(text, ">>");
  std::size_t const semicolon = text.substr(0, 8).find("; ");
  if (semicolon == std::string_view::npos || (!counter && !text.starts_with("Trace"))) return {};
  std::size_t const open = text.substr(0, 40).find(" <");
  if (open == std::string_view::npos) return std::nullopt;
  std::string_view const symbol = text.substr(open + 2);
  std::size_t const length = symbol_length(symbol);
  return length > 0 && symbol.substr(length).starts_with('+')
             ? made(symbol.substr(0, length), false, counter)
             : std::nullopt;
}

// lldb: "frame #3: 0xffffffff804b3b7a kernel`db_dump(…) at x.c:596:10".
std::optional<frame> lldb_frame(std::string_view text) {
  skip(text, "* ");
  if (!skip(text, "frame #")) return std::nullopt;
  std::size_t const tick = text.substr(0, 80).find('`');
  if (tick == std::string_view::npos) return std::nullopt;
  std::size_t const length = symbol_length(text.substr(tick + 1));
  return length == 0 ? std::nullopt : made(text.substr(tick + 1, length), false, false);
}

// illumos: "ffffff003d000ee0 unix:die+df ()", "ffffff00f751bdc0 swtch+0x141()",
// "zfs_trunc+0x17e(…)", "mac`mac_client_poll_enable+0x56(…)", "thread_start+8()".
std::optional<frame> illumos_frame(std::string_view text) {
  skip(text, "[ ");
  std::size_t n = 0;
  while (n < text.size() && n <= 16 && is_hex(text[n])) ++n;
  bool const address = n >= 8 && n < text.size() && text[n] == ' ';
  if (address) text.remove_prefix(n + 1);
  std::size_t const first = symbol_length(text);
  if (first == 0 || first >= text.size()) return std::nullopt;
  std::string_view module;
  std::string_view symbol = text.substr(0, first);
  std::string_view rest = text.substr(first);
  if (rest[0] == ':' || rest[0] == '`') {
    module = symbol;
    std::string_view const after = rest.substr(1);
    std::size_t const length = symbol_length(after);
    if (length == 0) return std::nullopt;
    symbol = after.substr(0, length);
    rest = after.substr(length);
  }
  std::size_t const offset = offset_length(rest);
  rest.remove_prefix(offset);
  skip_blanks(rest);
  if (!rest.starts_with('(') || (offset == 0 && module.empty() && !address)) return std::nullopt;
  auto out = made(symbol, false, false);
  if (out) out->module = module;
  return out;
}

constexpr std::array tags{"<IRQ>",
                          "</IRQ>",
                          "<EOI>",
                          "<<EOE>>",
                          "<TASK>",
                          "</TASK>",
                          "<NMI>",
                          "</NMI>",
                          "<UNK>",
                          "<#DF>",
                          "</#DF>",
                          "<SOFTIRQ>",
                          "</SOFTIRQ>",
                          "<ENTRY_TRAMPOLINE>",
                          "</ENTRY_TRAMPOLINE>",
                          "<#DB>",
                          "</#DB>"};

}  // namespace

bool skip_stack_tags(std::string_view& text) {
  bool any = false;
  for (bool again = true; again;) {
    again = false;
    skip_blanks(text);
    for (std::string_view const tag : tags)
      if (skip(text, tag)) again = any = true;
  }
  return any;
}

std::optional<frame> read_frame(std::string_view line) {
  std::string_view text = trimmed(line);
  if (text.size() < 4) return std::nullopt;
  skip_stack_tags(text);
  if (auto found = program_counter(text)) return found;
  if (text.starts_with("([<")) text.remove_prefix(1);  // s390 brackets the first
  bool addressed = skip_address(text);
  while (addressed && skip_address(text)) {
  }
  if (addressed) skip(text, ") ");
  bool const unsure = skip(text, "? ");
  if (auto found = symbol_here(text, unsure, false)) {
    // "f+0x1(args)" without a second length is mdb's; it reads the same.
    return found;
  }
  if (auto found = arm_frame(text, addressed)) return found;
  if (addressed) return std::nullopt;
  if (auto found = bsd_frame(text)) return found;
  if (auto found = lldb_frame(text)) return found;
  if (auto found = ksymoops_frame(text)) return found;
  return illumos_frame(text);
}

}  // namespace wedgehog::console
