#include "console/pattern.hpp"

#include "console/text.hpp"

namespace wedgehog::console {

namespace {
constexpr std::size_t longest_symbol = 256;
}

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
  return n;
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

result<pattern::kind> pattern::kind_of(std::string_view name) {
  while (!name.empty() && is_digit(name.back())) name.remove_suffix(1);
  if (name == "func") return kind::symbol;
  if (name == "num") return kind::number;
  if (name == "hex") return kind::hexadecimal;
  if (name == "class") return kind::name;
  if (name == "word") return kind::word;
  if (name == "text") return kind::rest;
  if (name == "*" || name == "words") return kind::anything;
  return recipe_error("'{" + std::string(name) +
                      "}' is no part of a console pattern; there are func, num, hex, class, word, "
                      "words, text and *");
}

result<pattern> pattern::parse(std::string_view text) {
  pattern made;
  std::string const shown(text);
  if (text.starts_with('^')) {
    made.anchored_ = true;
    text.remove_prefix(1);
  } else if (text.starts_with('<')) {
    made.starts_word_ = true;
    text.remove_prefix(1);
  }
  while (!text.empty()) {
    if (text[0] == '{') {
      std::size_t const end = text.find('}');
      if (end == std::string_view::npos)
        return recipe_error("the console pattern '" + shown + "' opens a '{' and never closes it");
      std::string_view const name = text.substr(1, end - 1);
      auto const what = kind_of(name);
      if (!what) return error(what.error()).within("reading the console pattern '" + shown + "'");
      if (!made.pieces_.empty() && made.pieces_.back().what == kind::rest)
        return recipe_error("{text} takes the rest of the line and stands last: '" + shown + "'");
      made.pieces_.push_back({*what, std::string(name)});
      text.remove_prefix(end + 1);
    } else {
      std::size_t const end = std::min(text.find('{'), text.size());
      if (!made.pieces_.empty() && made.pieces_.back().what == kind::rest)
        return recipe_error("{text} takes the rest of the line and stands last: '" + shown + "'");
      made.pieces_.push_back({kind::text, std::string(text.substr(0, end))});
      text.remove_prefix(end);
    }
  }
  if (made.pieces_.empty() || made.pieces_[0].what != kind::text || made.pieces_[0].text.size() < 3)
    return recipe_error("the console pattern '" + shown +
                        "' must begin with three characters of plain text or more");
  for (std::size_t i = 0; i < made.pieces_.size(); ++i) {
    bool const last = i + 1 == made.pieces_.size();
    if (made.pieces_[i].what == kind::anything && (last || made.pieces_[i + 1].what != kind::text))
      return recipe_error("{*} and {words} need plain text after it: '" + shown + "'");
  }
  return made;
}

bool pattern::match_at(std::string_view line, std::size_t at, captures& found) const {
  found.clear();
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    piece const& want = pieces_[i];
    std::string_view const rest = line.substr(at);
    std::size_t length = 0;
    std::size_t extra = 0;
    switch (want.what) {
      case kind::text:
        if (!rest.starts_with(want.text)) return false;
        at += want.text.size();
        continue;
      case kind::anything: {
        std::size_t const next = rest.find(pieces_[i + 1].text);
        if (next == std::string_view::npos) return false;
        if (want.text != "*") found.add(want.text, rest.substr(0, next));
        at += next;
        continue;
      }
      case kind::symbol:
        length = symbol_length(rest);
        extra = offset_length(rest.substr(length));
        break;
      case kind::number:
        while (length < rest.size() && is_digit(rest[length])) ++length;
        break;
      case kind::hexadecimal:
        if (rest.starts_with("0x")) length = 2;
        while (length < rest.size() && is_hex(rest[length])) ++length;
        break;
      case kind::name:
        while (length < rest.size() && (is_letter(rest[length]) || is_digit(rest[length]) ||
                                        rest[length] == '-' || rest[length] == '_'))
          ++length;
        break;
      case kind::word:
        while (length < rest.size() && rest[length] != ' ' && rest[length] != '\t') ++length;
        break;
      case kind::rest:
        if (trimmed(rest).empty()) return false;
        found.add(want.text, trimmed(rest));
        return true;
    }
    if (length == 0) return false;
    found.add(want.text, rest.substr(0, length));
    at += length + extra;
  }
  return true;
}

}  // namespace wedgehog::console
