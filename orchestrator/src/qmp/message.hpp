// The words of QMP, QEMU's JSON monitor protocol: what a line from QEMU means, and how a command is
// printed. Pure; it trusts nothing that it reads.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.hpp"
#include "base/units.hpp"

namespace wedgehog::qmp {

namespace json = boost::json;

inline constexpr std::size_t longest_line = 10 * 1024 * 1024;
// A disk with a long chain of backing files nests two levels per file in query-block.
inline constexpr std::size_t deepest_nesting = 256;

struct greeting {
  std::string version;  // "7.2.22"
  std::string package;  // "Debian 1:7.2+dfsg-7+deb12u18", may be empty
  bool offers_oob = false;
};

struct returned {
  std::optional<std::uint64_t> id;
  json::value value;
};

// QMP spec 2.4.2 "error": `error_class` is GenericError, CommandNotFound, DeviceNotActive,
// DeviceNotFound or KVMMissingCap; unknown ones are kept as they are.
struct refused {
  std::optional<std::uint64_t> id;
  std::string error_class;
  std::string description;
};

struct event {
  std::string name;  // "STOP"; empty for a gap
  json::object data;
  microseconds qemu_time{};  // QEMU's wall clock since 1970; negative when QEMU could not tell
  std::chrono::steady_clock::time_point arrived{};  // host monotonic time, set by the client
  // Not 0: this is no event but a gap, so many events were dropped here for a slow listener.
  std::uint64_t missed = 0;

  [[nodiscard]] bool is_gap() const { return missed != 0; }
};

using message = std::variant<greeting, returned, refused, event>;

// One line without its end. Blame: host; the error quotes the beginning of the line.
result<message> parse_message(std::string_view line);

struct command {
  std::string name;
  json::object arguments;
  bool out_of_band = false;
  bool carries_descriptor = false;
};

// One line with its end.
std::string print_command(command const& what, std::uint64_t id);

// The beginning of foreign text for a person: no control characters, no more than fits on a screen.
[[nodiscard]] std::string excerpt(std::string_view text);

// A refusal as an error ("QEMU refused getfd: GenericError: …"), and its class taken back out of
// it: empty when the error is anything else (a deadline, a lost monitor).
[[nodiscard]] error refusal(std::string_view command_name, refused const& answer);
[[nodiscard]] std::string failure_class(error const& failure);
[[nodiscard]] std::string failure_description(error const& failure);

// Cuts a stream of bytes into lines, however they arrive.
class line_splitter {
 public:
  explicit line_splitter(std::size_t limit = longest_line) : limit_(limit) {}

  void feed(std::string_view bytes);
  // The next whole line without "\r\n", valid until the next feed(); empty lines are left out.
  std::optional<std::string_view> next();
  // A line, whole or not, is longer than the limit: nothing after it can be trusted.
  [[nodiscard]] bool overlong() const { return overlong_; }
  [[nodiscard]] bool inside_a_line() const { return begin_ < buffer_.size(); }

 private:
  std::size_t limit_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of the current line
  std::size_t scanned_ = 0;  // no line end before this
  bool overlong_ = false;
};

}  // namespace wedgehog::qmp
