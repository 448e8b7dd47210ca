// Says of one console line what it means. All patterns are looked for at once (one RE2::Set), so
// the cost of a line does not grow with the tables.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "console/pattern.hpp"
#include "console/rules.hpp"
#include "console/transport.hpp"

namespace wedgehog::console {

enum class system : std::uint8_t { any, linux, dragonfly, illumos, bsd };
BOOST_DESCRIBE_ENUM(system, any, linux, dragonfly, illumos, bsd)
// By the word of a guest profile ("linux", "freebsd" …); `any` for one without a table of its own.
[[nodiscard]] system system_of(std::string_view os);

// What a recipe may add: it stands before the tables, in the order given. The same pattern with
// `harmless` silences.
struct user_rule {
  std::string pattern;
  severity level = severity::fatal;
};

struct finding {
  std::string class_word;
  severity level = severity::info;
  std::string function;  // the one on the line itself; a whole report knows better (signature.hpp)
  std::string title;
  std::uint64_t line_number = 0;
  std::string time;  // as the line tells it; empty where it tells none
};

class classifier {
 public:
  // Cheap: the tables of each system are compiled once and shared by all.
  explicit classifier(system which = system::any);
  // Blame: recipe, for a pattern that cannot be read.
  static result<classifier> with(std::vector<user_rule> const& rules, system which = system::any);

  struct match {
    rule const* row;
    captures found;  // points into the line
  };
  // `line` as line_reader gives it, time stamps and all.
  [[nodiscard]] std::optional<match> match_line(std::string_view line) const;
  // The same for a line whose prefix was taken off. Nothing for what a program says.
  [[nodiscard]] std::optional<match> match_words(printed_line const& line) const;
  // Whether the line is worth a closer look; most are not, and this is the fast way to know.
  [[nodiscard]] bool may_match(std::string_view line) const;
  [[nodiscard]] std::optional<finding> classify(std::string_view line,
                                                std::uint64_t number = 0) const;

  class tables;  // compiled once, shared by copies

 private:
  explicit classifier(std::shared_ptr<tables const> compiled) : tables_(std::move(compiled)) {}
  std::shared_ptr<tables const> tables_;
};

// A kernel's first words: Linux, illumos, DragonFly. `body` is the line without its prefix.
[[nodiscard]] bool is_boot_banner(std::string_view body);

// A kernel debugger waits for input: its prompt ends no line, so ask with line_reader's unfinished
// text.
[[nodiscard]] bool at_debugger_prompt(std::string_view unfinished);

}  // namespace wedgehog::console
