// Turns the bytes of a serial console into clean lines. A guest writes carriage returns, colours,
// NULs and half characters, and it may be hostile: a line has a bounded length here, and nothing a
// guest sends can make it grow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace wedgehog::console {

struct text_line {
  std::string_view text;     // printable ASCII, other bytes as '?'; no escape sequences, no NUL
  std::uint64_t number = 0;  // counted by line feeds, from 1
  bool perhaps_continued = false;  // a line as wide as its terminal stands before it (joiner.hpp)
};

// What a page's source writes for "<" and its like is read as that. Feed bytes cut anywhere; the
// lines come out the same. CR LF, CR CR LF and LF end a line; a lone CR parts text too, since a
// guest that returns the carriage starts to say something else.
class line_reader {
 public:
  static constexpr std::size_t longest_line = 8 * 1024;  // the rest of a longer line is dropped

  using sink = std::function<void(text_line)>;
  explicit line_reader(sink lines) : lines_(std::move(lines)) {}

  void feed(std::string_view bytes);
  // Hands over a last line that has no line feed yet.
  void finish();
  // What has come of the line that is not at its end yet: a prompt, for example.
  [[nodiscard]] std::string_view unfinished() const { return line_; }

 private:
  enum class escape : std::uint8_t { none, started, sequence, title };

  bool swallow(unsigned char byte);
  void emit();

  sink lines_;
  std::string line_;
  std::uint64_t number_ = 1;
  escape escape_ = escape::none;
  unsigned escape_length_ = 0;
};

// "[  12.345678]", "[T1234@3]": no mark of a transport or a clock is longer.
inline constexpr std::size_t longest_bracket = 48;

// Takes blanks and tabs off the front.
void skip_blanks(std::string_view& text);
[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
[[nodiscard]] constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
// The characters a symbol's name is made of, C's and the compilers' suffixes (".isra.0", "$x").
[[nodiscard]] constexpr bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '$';
}

}  // namespace wedgehog::console
