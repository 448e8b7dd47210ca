// Patterns for console lines, from recipes and tables: a small, documented subset of ECMAScript
// regular expressions, matched in time proportional to the line. A hostile guest writes the lines
// and a user the patterns; std::regex would let either exhaust the stack or the clock.
//
// The subset: literal characters, `.`, classes `[a-z]` `[^…]`, `\d \w \s \D \W \S \t` and escaped
// punctuation, `^` `$` `\b`, groups `( )` and `(?: )`, `|`, and `* + ? {n} {n,} {n,m}` (n, m <=
// 100). Bytes, not characters: `.` matches one byte of UTF-8. No back references, no look-around,
// no lazy quantifiers (where a match ends makes no difference here).
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace wedgehog {

class pattern {
 public:
  // Blame: recipe; the message says what is wrong and at which character.
  static result<pattern> compile(std::string_view text);

  // Whether the pattern occurs anywhere in `line`. O(size of the pattern x size of the line).
  [[nodiscard]] bool occurs_in(std::string_view line) const;

  [[nodiscard]] std::string const& text() const { return text_; }
  // The text it stands for, when it has no special character at all ("BUG: soft lockup").
  [[nodiscard]] bool literal() const { return literal_; }

 private:
  friend class pattern_compiler;
  enum class operation : std::uint8_t { byte_of, fork, jump, at_begin, at_end, at_border, matched };
  struct instruction {
    operation what;
    std::uint32_t first = 0;   // byte_of: index of the class; fork, jump: where to
    std::uint32_t second = 0;  // fork: the other way
  };
  using byte_class = std::bitset<256>;

  pattern() = default;
  void follow(std::uint32_t start, std::string_view line, std::size_t position,
              std::vector<std::uint32_t>& states, std::vector<std::size_t>& seen) const;

  std::string text_;
  bool literal_ = false;
  std::vector<instruction> program_;
  std::vector<byte_class> classes_;
};

}  // namespace wedgehog
