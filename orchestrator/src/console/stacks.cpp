#include "console/stacks.hpp"

#include <algorithm>
#include <array>

#include "console/pattern.hpp"
#include "console/text.hpp"

namespace wedgehog::console {

namespace {
constexpr std::size_t most_frames = 256;
constexpr std::size_t most_stacks = 64;

bool skip(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

void skip_blanks(std::string_view& text) {
  while (!text.empty() && (text[0] == ' ' || text[0] == '\t')) text.remove_prefix(1);
}

// "[<ffffffff81000000>]", "[c000000049a87530]", "[<0>]", "[<ffff>] (": true when one was taken off.
bool skip_address(std::string_view& text) {
  if (!text.starts_with('[')) return false;
  if (skip(text, "[] ")) return true;  // somebody took the addresses out
  std::size_t n = 1;
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

std::optional<frame> made(std::string_view symbol, bool unsure, bool program_counter) {
  frame out;
  out.function = plain_function(symbol);
  if (out.function.empty()) return std::nullopt;
  out.unsure = unsure;
  out.program_counter = program_counter;
  return out;
}

// A symbol with an offset at the start of `text`, or one followed by a source position ("f
// mm/slab.c:12 [inline]").
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
  bool const position = rest.starts_with(' ') && rest.ends_with("[inline]");
  if (!offset && !position) return std::nullopt;
  return made(text.substr(0, length), unsure, program_counter);
}

constexpr std::array registers{
    "RIP: ", "EIP: ", "EIP is at ", "PC is at ",  "pc : ",     "epc : ",   "PC: ",
    "NIP ",  "IP: ",  "ip: ",       "Krnl PSW :", "pc is at ", "IP is at "};

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
    return symbol_here(rest, false, true);
  }
  return std::nullopt;
}

// ARM: "[<8010f004>] (schedule) from [<801>] (schedule_timeout+0x1/0x2)", "schedule from
// schedule_timeout+0x1/0x2".
std::optional<frame> arm_frame(std::string_view text, bool had_address) {
  if (had_address && text.starts_with('(')) {
    std::string_view const inside = text.substr(1);
    std::size_t const length = symbol_length(inside);
    if (length == 0) return std::nullopt;
    std::string_view const rest = inside.substr(length + offset_length(inside.substr(length)));
    if (!rest.starts_with(") from ") && !rest.starts_with(") [<")) return std::nullopt;
    return made(inside.substr(0, length), false, false);
  }
  std::size_t const length = symbol_length(text);
  if (length == 0 || !text.substr(length).starts_with(" from ")) return std::nullopt;
  std::string_view const caller = text.substr(length + 6);
  std::size_t const second = symbol_length(caller);
  if (second == 0 || !caller.substr(second).starts_with("+0x")) return std::nullopt;
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
  if (length == 0 || !text.substr(length).starts_with('(')) return std::nullopt;
  std::size_t const at = text.find(") at ", length);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view place = text.substr(at + 5);
  skip(place, "netbsd:");
  std::size_t const named = symbol_length(place);
  if (named == 0) return std::nullopt;
  // NetBSD names an inlined callee after the place: "f() at netbsd:f+0x1 g sys/kern/x.c:12
  // [inline]".
  std::string_view rest = place.substr(named + offset_length(place.substr(named)));
  if (rest.ends_with("[inline]")) {
    skip_blanks(rest);
    if (std::size_t const inner = symbol_length(rest);
        inner > 0 && rest.substr(inner).starts_with(' '))
      return made(rest.substr(0, inner), false, false);
  }
  return made(text.substr(0, length), false, false);
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

// The names inside a mangled symbol, joined: "_RNvMs3_NtCs1_4core9panicking9panic_fmt" ->
// "core::panicking::panic_fmt",
// "_Z8fakeNameiii" -> "fakeName". No types and no generics: enough to name a failure.
std::string demangled(std::string_view symbol) {
  bool const rust = symbol.starts_with("_R");
  std::string out;
  for (std::size_t i = 2; i < symbol.size();) {
    if (rust &&
        (symbol[i] == 's' || symbol[i] == 'B')) {  // a disambiguator or a back reference, base 62
      std::size_t end = i + 1;
      while (end < symbol.size() && (is_digit(symbol[end]) || is_letter(symbol[end]))) ++end;
      if (end < symbol.size() && symbol[end] == '_') {
        i = end + 1;
        continue;
      }
    }
    if (!is_digit(symbol[i])) {
      if (!rust && !out.empty() && symbol[i] != 'N') break;  // C++: the arguments' types begin
      ++i;
      continue;
    }
    std::size_t n = 0;
    while (i < symbol.size() && is_digit(symbol[i]) && n < 1000)
      n = n * 10 + static_cast<std::size_t>(symbol[i++] - '0');
    if (rust && i < symbol.size() && symbol[i] == '_') ++i;
    if (n == 0 || i + n > symbol.size()) break;
    std::string_view const name = symbol.substr(i, n);
    i += n;
    bool const hash = n == 17 && name[0] == 'h' &&
                      name.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
    if (hash) continue;  // of the build
    if (!out.empty()) out += "::";
    out += name;
  }
  return out;
}

bool skip_tags(std::string_view& text) {
  bool any = false;
  for (bool again = true; again;) {
    again = false;
    skip_blanks(text);
    for (std::string_view const tag : tags)
      if (skip(text, tag)) again = any = true;
  }
  return any;
}
}  // namespace

std::string plain_function(std::string_view symbol) {
  std::size_t const length = symbol_length(symbol);
  symbol = symbol.substr(0, length);
  if (symbol.starts_with("_R") || symbol.starts_with("_Z"))
    if (std::string readable = demangled(symbol); !readable.empty()) return readable;
  if (!symbol.starts_with('<') && !symbol.starts_with("_R")) {
    for (std::string_view const suffix :
         {".isra.", ".constprop.", ".part.", ".cold", ".llvm.", ".clone.", ".ifunc"})
      if (std::size_t const at = symbol.find(suffix); at != std::string_view::npos)
        symbol = symbol.substr(0, at);
    if (std::size_t const dot = symbol.rfind('.');
        dot != std::string_view::npos && dot > 0 && dot + 1 < symbol.size() &&
        symbol.find_first_not_of("0123456789", dot + 1) == std::string_view::npos)
      symbol = symbol.substr(0, dot);
  }
  for (std::string_view const prefix :
       {"__do_compat_sys_", "__se_compat_sys_", "__ia32_compat_sys_", "__x64_compat_sys_",
        "__arm64_compat_sys_", "__do_sys_", "__se_sys_", "__x64_sys_", "__ia32_sys_",
        "__arm64_sys_", "__s390x_sys_", "__riscv_sys_", "compat_SyS_", "compat_SYSC_", "SyS_",
        "SYSC_"})
    if (symbol.starts_with(prefix)) return "sys_" + std::string(symbol.substr(prefix.size()));
  return std::string(symbol);
}

std::optional<frame> read_frame(std::string_view line) {
  std::string_view text = trimmed(line);
  if (text.size() < 4) return std::nullopt;
  skip_tags(text);
  if (auto found = program_counter(text)) return found;
  bool addressed = skip_address(text);
  while (addressed && skip_address(text)) {
  }
  bool const unsure = skip(text, "? ");
  if (auto found = symbol_here(text, unsure, false)) {
    // "f+0x1(args)" without a second length is mdb's; it reads the same.
    return found;
  }
  if (auto found = arm_frame(text, addressed)) return found;
  if (addressed) return std::nullopt;
  if (auto found = bsd_frame(text)) return found;
  return illumos_frame(text);
}

namespace {
struct marker {
  std::string_view text;
  stack_kind kind;
  bool anywhere = false;
};

// What announces a stack. "Call Trace:" continues a report whose registers were printed just
// before.
constexpr marker markers[] = {
    {"Allocated by task", stack_kind::other},
    {"Allocated:", stack_kind::other},
    {"Freed by task", stack_kind::other},
    {"Freed:", stack_kind::other},
    {"allocated by task", stack_kind::other, true},
    {"freed by task", stack_kind::other, true},
    {"Last potentially related work creation", stack_kind::other},
    {"Second to last potentially related", stack_kind::other},
    {"Last call_rcu", stack_kind::other},
    {"Last call_rcu():", stack_kind::other},
    {"INFO: Allocated in", stack_kind::other},
    {"INFO: Freed in", stack_kind::other},
    {"Uninit was", stack_kind::other},
    {"Local variable", stack_kind::other},
    {"origin:", stack_kind::other},
    {"the existing dependency chain", stack_kind::other},
    {"-> #", stack_kind::other},
    {"... which became", stack_kind::other},
    {"to a ", stack_kind::other},
    {"the dependencies between", stack_kind::other},
    {"the shortest dependencies between", stack_kind::other},
    {"Showing all locks held", stack_kind::other},
    {"Disabled preemption at", stack_kind::other},
    {"Preemption disabled at", stack_kind::other},
    {"page last allocated via", stack_kind::other},
    {"page last free", stack_kind::other},
    {"page_owner", stack_kind::other},
    {"RCU grace-period kthread stack dump", stack_kind::other, true},
    {"Stack dump where RCU GP kthread last ran", stack_kind::processor, true},
    {"first seen at:", stack_kind::other, true},
    {"NMI backtrace for cpu", stack_kind::processor},
    {"Sending NMI", stack_kind::processor},
    {"Task dump for CPU", stack_kind::processor},
    {"stack backtrace:", stack_kind::failing},
    {"Call Trace:", stack_kind::failing},
    {"Call trace:", stack_kind::failing},
    {"Backtrace:", stack_kind::failing},
    {"backtrace:", stack_kind::failing},
    {"backtrace (crc", stack_kind::failing},
    {"read to 0x", stack_kind::failing},
    {"write to 0x", stack_kind::failing},
    {"Trace beginning at frame", stack_kind::failing},
    {"KDB: stack backtrace", stack_kind::failing},
    {"---[ end trace", stack_kind::other},
    {"Kernel panic - not syncing", stack_kind::failing, true},
};

// Markers that go on with the open stack's meaning ("Call Trace:" under "NMI backtrace for cpu 1").
bool continues(std::string_view text) {
  return text == "Call Trace:" || text == "Call trace:" || text == "Backtrace:" ||
         text == "backtrace:";
}

std::string_view after(std::string_view text, std::string_view what) {
  std::size_t const at = text.find(what);
  return at == std::string_view::npos ? std::string_view{} : text.substr(at + what.size());
}

class reader {
 public:
  explicit reader(std::string_view caller) : caller_(caller) {}

  void take(std::string_view line) {
    printed_line const words = without_prefix(line);
    if (!caller_.empty() && !words.caller.empty() && words.caller != caller_) return;
    std::string_view text = trimmed(words.body);
    if (text.empty()) return;
    if (!skip_tags(text)) facts(text);
    if (text.starts_with("panicstack = ")) {  // illumos' fmdump puts the whole stack on one line
      for (std::string_view rest = text.substr(13); !rest.empty();) {
        std::size_t const end = rest.find(" | ");
        if (auto found = read_frame(rest.substr(0, end))) add(std::move(*found));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 3);
      }
      return;
    }
    if (mark(text)) return;
    if (auto found = read_frame(text)) add(std::move(*found));
  }
  read_report finish() && {
    std::erase_if(out_.stacks, [](stack const& s) { return s.frames.empty(); });
    return std::move(out_);
  }

 private:
  void open(stack_kind kind, std::string_view label) {
    if (out_.stacks.size() >= most_stacks) return;
    out_.stacks.push_back({kind, std::string(label.substr(0, 60)), {}});
  }

  bool mark(std::string_view text) {
    for (marker const& m : markers) {
      bool const here =
          m.anywhere ? text.find(m.text) != std::string_view::npos : text.starts_with(m.text);
      if (!here) continue;
      if (continues(text) && !out_.stacks.empty()) {
        auto const& open_one = out_.stacks.back();
        bool const only_registers = std::all_of(open_one.frames.begin(), open_one.frames.end(),
                                                [](frame const& f) { return f.program_counter; });
        bool const of_processor = open_one.kind == stack_kind::processor;
        bool const announced = open_one.label != "" && open_one.frames.empty();
        if (only_registers && (announced || of_processor || !open_one.frames.empty())) return true;
      }
      open(m.kind, text);
      return true;
    }
    return false;
  }

  void add(frame found) {
    if (out_.stacks.empty()) open(stack_kind::failing, "");
    auto& frames = out_.stacks.back().frames;
    if (frames.size() < most_frames) frames.push_back(std::move(found));
  }

  void facts(std::string_view text) {
    if (out_.access.empty()) {
      if (text.starts_with("Read of size") || text.starts_with("Read at addr") ||
          text.starts_with("Read of addr"))
        out_.access = "Read";
      if (text.starts_with("Write of size") || text.starts_with("Write at addr") ||
          text.starts_with("Write of addr"))
        out_.access = "Write";
    }
    if (std::string_view place = after(text, ", at: "); !place.empty()) {
      skip_address(place);
      if (std::size_t const n = symbol_length(place); n > 0 && out_.lock_sites.size() < 32)
        out_.lock_sites.push_back(plain_function(place.substr(0, n)));
    }
    if (out_.first_lock.empty() && text.starts_with("1st ")) out_.first_lock = lock_name(text);
    if (out_.second_lock.empty() && text.starts_with("2nd ")) out_.second_lock = lock_name(text);
    if (text.starts_with("last function: ") && out_.workqueue_function.empty())
      out_.workqueue_function = plain_function(text.substr(15));
    if (text.starts_with("Workqueue: ") && out_.workqueue_function.empty()) {
      std::string_view rest = text.substr(11);
      std::size_t const blank = rest.find(' ');
      if (blank != std::string_view::npos)
        out_.workqueue_function = plain_function(rest.substr(blank + 1));
    }
  }

  // "1st 0xfffffd806d95cb48 inode (&ip->i_lock) @ file:12": the second word after the address.
  static std::string lock_name(std::string_view text) {
    std::string_view rest = text.substr(4);
    skip_blanks(rest);
    if (rest.starts_with("0x")) {
      rest = rest.substr(std::min(rest.find(' '), rest.size()));
      skip_blanks(rest);
    }
    std::size_t const end = rest.find_first_of("(@");
    return std::string(trimmed(rest.substr(0, std::min<std::size_t>(end, 60))));
  }

  std::string_view caller_;
  read_report out_;
};
}  // namespace

read_report read_stacks(std::vector<std::string> const& lines, std::string_view caller) {
  reader r(caller);
  for (auto const& line : lines) r.take(line);
  return std::move(r).finish();
}

}  // namespace wedgehog::console
