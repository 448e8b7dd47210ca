// Patterns for console lines, readable in a table: "BUG: KASAN: {class} in {func}". They become
// regular expressions of RE2, which matches in linear time: the text comes from a guest that may be
// hostile.
//
//   text     stands for itself
//   ^        at the start: the line's own words (after time stamps) begin here
//   <        at the start: not in the middle of a word, and not what a program says ("frobd: …")
//   {func}   a symbol with its offset and suffixes: "ext4_iget.cold+0x1/0x2"; captured without the
//            offset
//   {num}    decimal digits
//   {hex}    hexadecimal digits, 0x or not
//   {class}  a word of letters, digits and dashes
//   {word}   up to the next blank
//   {place}  a position in a source: "fs/ext4/inode.c:12"
//   {text}   the rest of the line, at the end only
//   {*}      anything, up to the next text of the pattern; {words} is the same, captured, and so is
//            {expression}, source text whose numbers do not change from run to run
// A digit may follow a name to tell two apart: {func} and {func2}.
#pragma once

#include <array>
#include <memory>
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
  [[nodiscard]] auto begin() const { return all_.begin(); }
  [[nodiscard]] auto end() const { return all_.begin() + static_cast<std::ptrdiff_t>(count_); }

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

  [[nodiscard]] std::string const& first_text() const { return first_text_; }
  [[nodiscard]] bool anchored() const { return anchored_; }
  [[nodiscard]] bool starts_word() const { return starts_word_; }
  // Matches every line that the pattern matches, and a few more.
  [[nodiscard]] std::string const& coarse_expression() const { return coarse_; }

 private:
  struct expression;

  std::string first_text_;
  std::string exact_;
  std::string coarse_;
  std::vector<std::string> names_;  // of the groups, "" for what is not wanted
  bool anchored_ = false;
  bool starts_word_ = false;
  std::shared_ptr<expression> compiled_;  // when first asked for
};

}  // namespace wedgehog::console
