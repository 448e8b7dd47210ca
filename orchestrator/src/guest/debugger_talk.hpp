// The talk with a kernel's debugger on the console: at its prompt one command after the other, each
// page turned, each answer kept; then the system goes on, or stays where it is. Pure, and the same
// however the console's text was cut.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "guest/console_dialogue.hpp"
#include "guest/profile.hpp"

namespace wedgehog::guest {

struct debugger_answer {
  std::string command;
  std::string text;    // without prompt, pager and the command's echo
  bool whole = false;  // the prompt came again; nothing of it was too much to keep
  bool operator==(debugger_answer const&) const = default;
};

class debugger_talk {
 public:
  static constexpr std::size_t most_kept = 1U << 20U;  // of one answer, in bytes

  // `enter`: for the first prompt to appear; `answer`: for the prompt behind each command.
  struct limits {
    microseconds enter{};
    microseconds answer{};
  };
  // Without `go_on` the last word is said with the last command's answer.
  debugger_talk(debugger_profile const& with, std::vector<std::string> commands, bool go_on,
                limits within, microseconds now);

  // Console text in any pieces, or none. What is to be typed now; often empty.
  [[nodiscard]] std::string hear(std::string_view text, microseconds now);
  [[nodiscard]] std::optional<microseconds> next_look() const { return talk_.next_look(); }

  // The prompt has appeared: it is the debugger that listens.
  [[nodiscard]] bool entered() const { return talk_.over() > 0; }
  [[nodiscard]] bool done() const { return talk_.done(); }
  [[nodiscard]] std::optional<std::string> const& failure() const { return talk_.failure(); }
  // Of the commands that were typed, the last perhaps not whole.
  [[nodiscard]] std::vector<debugger_answer> answers() const;

 private:
  struct heard {
    std::string text;
    bool cut = false;
    bool ended = false;
  };

  debugger_profile with_;
  std::vector<std::string> commands_;
  console_dialogue talk_;
  std::vector<heard> heard_;  // one for each command that was typed
};

// All of it as one text: "db> ps" and what came, for a file.
[[nodiscard]] std::string text_of(debugger_profile const& with,
                                  std::vector<debugger_answer> const& answers);

}  // namespace wedgehog::guest
