// Patterns for console lines, readable in a table: "BUG: KASAN: {class} in {func}". Matching is a
// single walk without backtracking, since the text comes from a guest that may be hostile.
//
//   text     stands for itself
//   ^        at the start: the line's own words (after time stamps) begin here
//   <        at the start: not in the middle of a word
//   {func}   a symbol with its offset and suffixes: "ext4_iget.cold+0x1/0x2"; captured without the
//   offset {num}    decimal digits       {hex}  hexadecimal digits, 0x or not {class}  a word of
//   letters, digits and dashes       {word}  up to the next blank {text}   the rest of the line, at
//   the end only
//   {*}      anything, up to the next text of the pattern; {words} is the same, captured
// A digit may follow a name to tell two apart: {func} and {func2}.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace wedgehog::console {

struct capture {
  std::string_view name;
  std::string_view text;
};

class captures {
 public:
  void add(std::string_view name, std::string_view text) {
    if (count_ < all_.size()) all_[count_++] = {name, text};
  }
  void clear() { count_ = 0; }
  // Empty when there is none of that name.
  [[nodiscard]] std::string_view get(std::string_view name) const {
    for (std::size_t i = 0; i < count_; ++i)
      if (all_[i].name == name) return all_[i].text;
    return {};
  }

 private:
  std::array<capture, 6> all_;
  std::size_t count_ = 0;
};

class pattern {
 public:
  // Blame: recipe, naming the place in the pattern. A pattern needs a first text of three
  // characters or more.
  static result<pattern> parse(std::string_view text);

  // Matches with the first text of the pattern at `at` in `line`. The captures point into `line`
  // and into this.
  bool match_at(std::string_view line, std::size_t at, captures& found) const;

  [[nodiscard]] std::string const& first_text() const { return pieces_.front().text; }
  [[nodiscard]] bool anchored() const { return anchored_; }
  [[nodiscard]] bool starts_word() const { return starts_word_; }

 private:
  enum class kind : unsigned char { text, symbol, number, hexadecimal, name, word, rest, anything };
  struct piece {
    kind what;
    std::string text;
  };
  static result<kind> kind_of(std::string_view name);

  std::vector<piece> pieces_;
  bool anchored_ = false;
  bool starts_word_ = false;
};

// The length of a symbol at the start of `text`, also C++ and Rust forms ("<a::B as c>::d"); 0 when
// there is none.
[[nodiscard]] std::size_t symbol_length(std::string_view text);
// "+0x1f/0x60" or "+0x1f" or "+df" at the start; 0 when there is none.
[[nodiscard]] std::size_t offset_length(std::string_view text);

}  // namespace wedgehog::console
