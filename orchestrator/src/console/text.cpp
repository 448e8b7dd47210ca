#include "console/text.hpp"

#include <algorithm>

namespace wedgehog::console {

namespace {
// An escape sequence longer than this is noise: what follows is text again.
constexpr unsigned longest_escape = 48;

constexpr std::string_view blanks = " \t";

struct entity {
  std::string_view written;
  char character;
};
constexpr entity entities[] = {
    {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&#39;", '\''}};

// What a page's source has for characters that mean something to it: "[&lt;ffff&gt;] f+0x1".
void decode_entities(std::string& line) {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < line.size();) {
    std::string_view const rest = std::string_view(line).substr(at);
    auto const* const one =
        rest[0] != '&'
            ? std::end(entities)
            : std::find_if(std::begin(entities), std::end(entities),
                           [&](entity const& each) { return rest.starts_with(each.written); });
    bool const found = one != std::end(entities);
    line[kept++] = found ? one->character : rest[0];
    at += found ? one->written.size() : 1;
  }
  line.resize(kept);
}
}  // namespace

void skip_blanks(std::string_view& text) {
  while (!text.empty() && (text[0] == ' ' || text[0] == '\t')) text.remove_prefix(1);
}

std::string_view trimmed(std::string_view text) {
  std::size_t const first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool line_reader::swallow(unsigned char byte) {
  if (++escape_length_ > longest_escape) escape_ = escape::none;
  switch (escape_) {
    case escape::none:
      return false;
    case escape::started:
      if (byte == '[') {
        escape_ = escape::sequence;
      } else if (byte == ']') {
        escape_ = escape::title;
      } else if (byte < 0x20 || byte > 0x2f) {  // "ESC ( B" has one more byte, "ESC 7" has none
        escape_ = escape::none;
      }
      return byte >= 0x20;
    case escape::sequence:
      if (byte < 0x20) {  // a cut sequence must not eat the end of the line
        escape_ = escape::none;
        return false;
      }
      if (byte >= 0x40) escape_ = escape::none;
      return true;
    case escape::title:
      if (byte == '\n' || byte == '\r' || byte == 0x1b) escape_ = escape::none;
      if (byte == 0x07) escape_ = escape::none;
      return byte != '\n' && byte != '\r';
  }
  return false;
}

void line_reader::feed(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    // Most of a line is plain text: it is taken in one piece.
    std::size_t plain = i;
    while (plain < bytes.size() && bytes[plain] >= 0x20 && bytes[plain] < 0x7f) ++plain;
    if (plain > i && escape_ == escape::none) {
      std::size_t const room = longest_line - std::min(line_.size(), longest_line);
      line_.append(bytes.substr(i, std::min(plain - i, room)));
      if (plain == bytes.size()) break;
      i = plain;
    }
    char const c = bytes[i];
    auto const byte = static_cast<unsigned char>(c);
    if (escape_ != escape::none && swallow(byte)) continue;
    if (byte == '\n') {
      emit();
      ++number_;
    } else if (byte == '\r') {
      emit();
    } else if (byte == 0x1b) {
      escape_ = escape::started;
      escape_length_ = 0;
    } else if (byte == '\t' || (byte >= 0x20 && byte != 0x7f)) {
      if (line_.size() < longest_line) line_.push_back(byte < 0x80 ? c : '?');
    }
  }
}

void line_reader::emit() {
  if (line_.empty()) return;
  if (std::size_t const mark = line_.find('&');
      mark != std::string::npos && line_.find(';', mark) != std::string::npos)
    decode_entities(line_);
  lines_({line_, number_, false});
  line_.clear();
}

void line_reader::finish() {
  emit();
  escape_ = escape::none;
}

}  // namespace wedgehog::console
