#include "console/title.hpp"

#include "console/text.hpp"

namespace wedgehog::console {

namespace {
constexpr std::size_t longest_title = 160;

// What stands at `text` for "0xfff…", "81000", "ffffff001692bd18": the word for it and how much it
// takes; nothing when it is no number.
struct masked {
  std::string_view as;
  std::size_t length = 0;
};

masked number_at(std::string_view text) {
  bool const marked = text.starts_with("0x");
  std::size_t const begin = marked ? 2 : 0;
  std::size_t n = begin;
  bool letters = false;
  bool figures = false;
  while (n < text.size() && is_hex(text[n])) {
    figures |= is_digit(text[n]);
    letters |= is_letter(text[n]);
    ++n;
  }
  bool const ends = n >= text.size() || !is_word(text[n]) || text[n] == '.';
  if (!ends || n == begin) return {};
  if (marked) return {"ADDR", n};
  if (letters) return figures && n >= 6 ? masked{"ADDR", n} : masked{};
  // An address may have no letter in it; other decimal numbers of any length are values.
  return {n == 8 || n == 16 ? "ADDR" : "NUM", n};
}

bool is_source(std::string_view path) {
  std::size_t const colon = path.rfind(':');
  std::string_view const file = path.substr(0, colon);
  return colon != std::string_view::npos &&
         (file.ends_with(".c") || file.ends_with(".h") || file.ends_with(".cc") ||
          file.ends_with(".S") || file.ends_with(".rs"));
}

// Of "/home/build/src/sys/kern/x.c:7" the part before the kernel's own tree is the build host's.
std::size_t foreign_part(std::string_view text) {
  std::string_view const path = text.substr(0, text.find_first_of(" \"',)"));
  if (std::size_t const tree = path.rfind("/sys/"); tree != std::string_view::npos) return tree + 1;
  return is_source(path) ? path.rfind('/') + 1 : 0;
}

// "(cp)" behind an address or a number is the process that had it.
std::size_t process_name(std::string_view text) {
  if (!text.starts_with(" (")) return 0;
  std::size_t const end = text.substr(0, 40).find(')');
  if (end == std::string_view::npos || end < 3) return 0;
  std::string_view const inside = text.substr(2, end - 2);
  for (char const c : inside)
    if (!is_word(c) && c != '-' && c != '/' && c != ':') return 0;
  return is_letter(inside[0]) || inside[0] == '_' ? end + 1 : 0;
}
}  // namespace

std::string without_numbers(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size() && out.size() < longest_title;) {
    char const c = text[i];
    bool const word_before = i > 0 && is_word(text[i - 1]);
    if (!word_before && is_hex(c)) {
      if (masked const found = number_at(text.substr(i)); found.length > 0) {
        bool const negative = out.ends_with('-') && (out.size() == 1 || out[out.size() - 2] == ' ');
        if (negative) out.pop_back();
        out += found.as;
        i += found.length;
        if (std::size_t const name = process_name(text.substr(i)); name > 0) {
          out += " (NAME)";
          i += name;
        }
        continue;
      }
    }
    if (c == '/' && !word_before)
      if (std::size_t const length = foreign_part(text.substr(i)); length > 0) {
        i += length;
        continue;
      }
    out.push_back(c);
    ++i;
  }
  if (out.size() > longest_title) out.resize(longest_title);
  return std::string(trimmed(out));
}

std::string title_of(rule const& row, captures const& found, std::string_view function) {
  std::string out;
  std::string_view text = row.title;
  while (!text.empty()) {
    std::size_t const open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    std::size_t const close = text.find('}', open);
    std::string_view const name = text.substr(open + 1, close - open - 1);
    if (name == "func" && !function.empty()) {
      out += function;
    } else if (name == "func") {
      if (out.ends_with(" in ")) out.resize(out.size() - 4);
    } else {
      std::string_view const caught = found.get(name);
      out += name.starts_with("expression") ? std::string(caught) : without_numbers(caught);
    }
    text.remove_prefix(close + 1);
  }
  if (out.size() > longest_title) out.resize(longest_title);
  // What was not caught leaves gaps.
  for (std::size_t at = out.find("  "); at != std::string::npos; at = out.find("  ", at))
    out.erase(at, 1);
  while (out.ends_with(' ') || out.ends_with(':')) out.pop_back();
  return out;
}

}  // namespace wedgehog::console
