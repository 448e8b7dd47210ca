// The talk with a console by which a system is changed: loader, login, installing something. More
// than a boot's (boot_dialogue): questions that may or may not come, a line that loses what was
// typed, and the reason when it fails. Pure: what the console shows and the time come in, what is
// to be typed comes out; the same however the text was cut.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.hpp"

namespace wedgehog::guest {

// What may come at any moment while something else is awaited: a pager, a question for a password,
// a refusal.
struct interjection {
  std::string expect;
  std::string send;      // what is typed then …
  std::string failure;   // … or why the talk is over
  unsigned most = 1000;  // more often than that, it is the same question again: the talk fails
  bool operator==(interjection const&) const = default;
};

struct talk_step {
  std::string expect;    // appears on the console; empty: at once
  std::string send;      // what is then typed; may be nothing
  microseconds limit{};  // for it to appear
  // Typed when the console has been silent for so long; 0: never. A line may lose what was typed,
  // and a prompt may be drowned by what a kernel says.
  std::string again;
  microseconds after{};
  bool operator==(talk_step const&) const = default;
};

struct talk_plan {
  std::vector<talk_step> steps;
  std::vector<interjection> meanwhile;  // the first that fits, after the step's own
  bool operator==(talk_plan const&) const = default;
};

class console_dialogue {
 public:
  // The first step begins at `now`.
  console_dialogue(talk_plan plan, microseconds now);

  // Console text in any pieces. What is to be typed now; often empty.
  [[nodiscard]] std::string hear(std::string_view text, microseconds now);
  // The time goes on without a word. What is to be typed now.
  [[nodiscard]] std::string look(microseconds now);
  // When to look again; nothing when it is over.
  [[nodiscard]] std::optional<microseconds> next_look() const;

  [[nodiscard]] bool done() const { return !failure_ && over_ == plan_.steps.size(); }
  // Why it failed: what was awaited, in which step, and what the console showed last.
  [[nodiscard]] std::optional<std::string> const& failure() const { return failure_; }
  [[nodiscard]] std::size_t over() const { return over_; }
  // What is waited for; null when it is over.
  [[nodiscard]] talk_step const* awaited() const;
  // The last that was heard, without what moves a cursor: for a person.
  [[nodiscard]] std::string last_words() const;

 private:
  [[nodiscard]] bool ends_with(std::string_view expected) const;
  [[nodiscard]] std::string advance(microseconds now);
  // The steps that wait for nothing.
  [[nodiscard]] std::string say_unasked(microseconds now);
  [[nodiscard]] std::string answer(microseconds now);
  void fail(std::string why);

  talk_plan plan_;
  std::vector<unsigned> asked_;  // how often each interjection has come
  std::size_t longest_ = 1;      // of what may be expected
  std::size_t over_ = 0;
  microseconds begun_{};  // this step
  microseconds quiet_since_{};
  std::string heard_;  // since the last match; no more of it than a match may still need
  std::string words_;  // the last kilobytes
  std::optional<std::string> failure_;
};

// Text for a person: no escape sequences, carriage returns or other control characters but line
// ends and tabs.
[[nodiscard]] std::string without_cursor_moves(std::string_view console);

}  // namespace wedgehog::guest
