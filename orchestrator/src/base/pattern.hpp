// Patterns for console lines, from recipes: regular expressions in RE2's syntax, matched in time
// proportional to the line. A hostile guest writes the lines and a user the patterns; std::regex
// would let either exhaust the stack or the clock.
//
// What is refused beside what RE2 refuses (back references, look-around) are the traps: an empty
// pattern, a '{' that counts nothing, a quantifier after '^', '$' or another quantifier, more than
// 100 repetitions. Bytes, not characters: `.` matches one byte of UTF-8, a line feed too.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace re2 {
class RE2;
}

namespace wedgehog {

class pattern {
 public:
  // Blame: recipe; the message says what is wrong and at which character. At most 1024 bytes, and
  // about a megabyte once compiled.
  static result<pattern> compile(std::string_view text);

  // Whether the pattern occurs anywhere in `line`. O(size of the pattern x size of the line).
  [[nodiscard]] bool occurs_in(std::string_view line) const;

  [[nodiscard]] std::string const& text() const { return text_; }
  // The text it stands for, when it has no special character at all ("BUG: soft lockup").
  [[nodiscard]] bool literal() const { return literal_; }

 private:
  pattern() = default;

  std::string text_;
  bool literal_ = false;
  std::shared_ptr<re2::RE2 const> compiled_;  // shared by copies
};

}  // namespace wedgehog
