// Puts lines together that were cut on their way: by a console or terminal at its width, by
// netconsole into fragments. A terminal leaves no mark, so two lines are joined only where it is
// proved that they are one: a pattern of the tables, a stack frame or a lock's place that neither
// has alone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "console/classifier.hpp"
#include "console/text.hpp"

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

 private:
  void learn_width(std::size_t length);
  [[nodiscard]] bool proves_one_line(std::string_view rest) const;
  bool take_fragment(text_line said);
  bool take_debugger_frame(text_line said);
  void hold(text_line said);

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
};

}  // namespace wedgehog::console
