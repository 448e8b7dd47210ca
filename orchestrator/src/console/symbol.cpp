#include "console/symbol.hpp"

#include "console/text.hpp"

namespace wedgehog::console {

namespace {
constexpr std::size_t longest_symbol = 256;
constexpr std::size_t longest_position = 400;
constexpr std::size_t shortest_address = 8;

bool is_address(std::string_view text) {
  if (text.size() < shortest_address) return false;
  bool figure = text.size() == 16;
  for (char const c : text) {
    if (!is_hex(c)) return false;
    figure |= is_digit(c);
  }
  return figure;
}

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
}  // namespace

std::size_t symbol_length(std::string_view text) {
  text = text.substr(0, longest_symbol);
  std::size_t n = 0;
  if (text.size() > 2 && text[0] == '<') {  // Rust: "<rust_binder::process::Process>::update_ref"
    std::size_t const end = text.find(">::");
    if (end == std::string_view::npos || !(is_letter(text[1]) || text[1] == '_')) return 0;
    for (std::size_t i = 1; i < end; ++i)
      if (!is_word(text[i]) && std::string_view(":<>, ").find(text[i]) == std::string_view::npos)
        return 0;
    n = end + 3;
  }
  if (n >= text.size() || !(is_letter(text[n]) || text[n] == '_')) return 0;
  while (n < text.size()) {
    if (is_word(text[n])) {
      ++n;
    } else if (text.substr(n).starts_with("::") && n + 2 < text.size() &&
               (is_word(text[n + 2]) || text[n + 2] == '<')) {
      n += 2;
    } else {
      break;
    }
  }
  while (n > 0 && text[n - 1] == '.') --n;  // the full stop of a sentence
  return is_address(text.substr(0, n)) ? 0 : n;
}

std::size_t position_length(std::string_view text) {
  if (!text.starts_with(" (")) return 0;
  std::size_t const end = text.substr(0, longest_position).find(')');
  if (end == std::string_view::npos) return 0;
  std::string_view const inside = text.substr(2, end - 2);
  std::string_view const path = inside.substr(0, inside.find(' '));
  std::size_t const colon = path.rfind(':');
  if (colon == std::string_view::npos || colon + 1 >= path.size() || !is_digit(path[colon + 1]))
    return 0;
  std::string_view const file = path.substr(0, colon);
  bool const source = file.find('/') != std::string_view::npos || file.ends_with(".c") ||
                      file.ends_with(".h") || file.ends_with(".S") || file.ends_with(".rs");
  return source && !file.starts_with('/') ? end + 1 : 0;
}

std::size_t offset_length(std::string_view text) {
  if (!text.starts_with('+')) return 0;
  std::size_t n = text.substr(1).starts_with("0x") ? 3 : 1;
  std::size_t const digits = n;
  while (n < text.size() && n < 24 && is_hex(text[n])) ++n;
  if (n == digits) return 0;
  if (text.substr(n).starts_with("/0x")) {
    std::size_t m = n + 3;
    while (m < text.size() && m < n + 20 && is_hex(text[m])) ++m;
    n = m;
  }
  return n;
}

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

}  // namespace wedgehog::console
