// Puts lines together that were cut on their way: by a console or terminal at its width, by
// netconsole into fragments, by a mail between its words. A terminal leaves no mark, so two lines
// are joined only where it is proved that they are one: a pattern of the tables, a stack frame or a
// lock's place that neither has alone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "console/classifier.hpp"
#include "console/text.hpp"
#include "console/transport.hpp"

namespace wedgehog::console {

class line_joiner {
 public:
  static constexpr std::size_t narrowest = 72;  // no console that wraps is narrower

  using sink = std::function<void(text_line)>;
  // The lines come out as they went in, or joined under the number of the first. One that may go on
  // is held back until the next says so.
  line_joiner(classifier rules, sink lines) : rules_(std::move(rules)), lines_(std::move(lines)) {}

  void take(text_line said);
  // Hands over what is held back.
  void finish();
  // Whether by now a line of this length is known to have been cut: none is longer, and several are
  // as long.
  [[nodiscard]] bool wraps_at(std::size_t length) const {
    return length >= narrowest && length == width_ && so_long_ > 1;
  }

 private:
  void learn_width(std::size_t length);
  [[nodiscard]] bool proves_one_line(std::string_view rest) const;
  bool take_soft_break(text_line& said);
  bool take_fragment(text_line said);
  bool take_debugger_frame(text_line said);
  void hold(text_line said);
  void place(text_line said);
  void release();

  classifier rules_;
  sink lines_;
  std::string held_;
  std::uint64_t number_ = 0;
  bool perhaps_continued_ = false;
  std::size_t last_piece_ = 0;   // the length of what was held or joined last
  bool fragment_ = false;        // netconsole says itself that more follows
  unsigned debugger_lines_ = 0;  // of kgdb's frame that is not closed yet
  std::size_t width_ = 0;        // the longest of the lines before
  std::uint64_t since_ = 0;      // lines since one was that long
  std::uint64_t so_long_ = 0;    // how many were
  std::string sent_;             // a mail's line that ends in "=": it goes on with the next
  std::uint64_t sent_number_ = 0;
  bool has_equal_signs_ = false;  // so this is no such mail
  std::string whole_;             // what was put together of them
};

// A mail is wrapped between words, where nobody's terminal ends. The pieces are lines of their own;
// this one says when they are, together, the beginning of a report that none of them is.
class wrapped_sentence {
 public:
  static constexpr std::size_t shortest_line = 60;  // no mail is wrapped earlier
  static constexpr std::size_t longest = 512;
  static constexpr unsigned most_lines = 4;

  explicit wrapped_sentence(classifier rules) : rules_(std::move(rules)) {}

  // `words` is the line without its prefix, `matched` whether it is something by itself. True when
  // it ends a sentence; whole() is then the sentence, until the next line.
  bool take(text_line said, printed_line const& words, bool matched);
  [[nodiscard]] text_line whole() const { return {text_, number_, false}; }

 private:
  classifier rules_;
  std::string text_;
  std::uint64_t number_ = 0;
  std::size_t last_length_ = 0;
  unsigned lines_ = 0;
  bool stamped_ = false;
};

}  // namespace wedgehog::console
