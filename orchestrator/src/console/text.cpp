#include "console/text.hpp"

namespace wedgehog::console {

namespace {
// An escape sequence longer than this is noise: what follows is text again.
constexpr unsigned longest_escape = 48;

constexpr std::string_view blanks = " \t";

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t n = 0;
  while (at + n < text.size() && is_digit(text[at + n])) ++n;
  return n;
}

// "[   12.345678]" at the start: its length and the time, or 0.
std::size_t time_stamp(std::string_view text, double& seconds) {
  if (text.empty() || text[0] != '[') return 0;
  std::size_t at = 1;
  while (at < text.size() && text[at] == ' ') ++at;
  std::size_t const whole = digits_at(text, at);
  if (whole == 0 || whole > 10 || at + whole >= text.size() || text[at + whole] != '.') return 0;
  std::size_t const part = digits_at(text, at + whole + 1);
  if (part < 3 || part > 9) return 0;
  std::size_t end = at + whole + 1 + part;
  if (end < text.size() && text[end] == '@') end += 1 + digits_at(text, end + 1);
  if (end >= text.size() || text[end] != ']') return 0;
  seconds = 0;
  for (std::size_t i = at; i < at + whole; ++i) seconds = seconds * 10 + (text[i] - '0');
  return end + 1;
}

// "[ T123]", "[    C0]", "[c1  4711]", "[4:  system_server: 3344]": who printed, at the start.
std::size_t caller(std::string_view text) {
  if (text.size() < 4 || text[0] != '[') return 0;
  std::size_t const end = text.substr(0, 48).find(']');
  if (end == std::string_view::npos) return 0;
  std::string_view const inside = trimmed(text.substr(1, end - 1));
  if (inside.size() < 2) return 0;
  bool const tagged = (inside[0] == 'T' || inside[0] == 'C' || inside[0] == 'c') &&
                      is_digit(inside[1]) &&
                      inside.find_first_not_of("0123456789 ", 1) == std::string_view::npos;
  bool const named = is_digit(inside[0]) && inside.find(':') < 4 &&
                     inside.rfind(':') != inside.find(':') && is_digit(inside.back());
  return tagged || named ? end + 1 : 0;
}

// "<6>" or "<118>".
std::size_t level(std::string_view text) {
  if (text.size() < 3 || text[0] != '<') return 0;
  std::size_t const n = digits_at(text, 1);
  return n >= 1 && n <= 3 && 1 + n < text.size() && text[1 + n] == '>' ? n + 2 : 0;
}

// syslog's form of illumos: "2031-02-03T04:05:06+00:00 node1 genunix: [ID 655072 kern.notice]
// words".
std::size_t message_id(std::string_view text) {
  std::size_t const at = text.substr(0, 160).find("[ID ");
  if (at == std::string_view::npos) return 0;
  std::size_t const n = digits_at(text, at + 4);
  std::size_t const end = text.substr(0, at + 48).find("] ", at + 4 + n);
  return n >= 3 && end != std::string_view::npos ? end + 2 : 0;
}
}  // namespace

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
  for (char const c : bytes) {
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
  lines_({line_, number_});
  line_.clear();
}

void line_reader::finish() {
  emit();
  escape_ = escape::none;
}

printed_line without_prefix(std::string_view line) {
  printed_line out{line, -1, {}};
  if (std::size_t const n = message_id(line)) {
    out.body = line.substr(n);
    while (out.body.starts_with("#012") || out.body.starts_with("#015")) out.body.remove_prefix(4);
    return out;
  }
  // A kernel's stamp may follow other text: a login prompt, a program's half line, another kernel
  // line. The last stamp of the line is the one whose words are whole; only the line's start is
  // searched.
  std::size_t search = 0;
  while (search < out.body.size() && search < 512) {
    std::size_t const at = out.body.find('[', search);
    if (at == std::string_view::npos) break;
    double seconds = -1;
    if (std::size_t const n = time_stamp(out.body.substr(at), seconds)) {
      out = {out.body.substr(at + n), seconds, {}};
      search = 0;
      std::string_view rest = out.body;
      if (rest.starts_with(' ')) rest.remove_prefix(1);
      if (std::size_t const who = caller(rest)) {
        std::string_view const inside = trimmed(rest.substr(1, who - 2));
        if (inside[0] == 'T' || inside[0] == 'C') out.caller = inside;
        out.body = rest.substr(who);
      }
      if (out.body.starts_with(' ')) out.body.remove_prefix(1);
    } else {
      search = at + 1;
    }
  }
  if (out.seconds < 0) out.body.remove_prefix(level(out.body));
  return out;
}

}  // namespace wedgehog::console
