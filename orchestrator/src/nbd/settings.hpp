// The parameters of a condition: declared as data in the catalogue, read from JSON or from one line
// of text, checked in one place, so that a recipe can be checked without a disk.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/units.hpp"

namespace wedgehog::nbd {

namespace json = boost::json;

enum class parameter_type {
  duration,    // "10ms"
  durations,   // ["1ms", "20ms"], in text 1ms+20ms
  size,        // "4KiB" or a number of bytes
  count,       // 3
  counts,      // [3, 4]
  number,      // 1.5
  fraction,    // 0..1
  flag,        // true, false
  text,        // any
  choice,      // one of `choices`
  operations,  // ["read", "write"], in text read+write
};

struct parameter {
  std::string_view name;
  parameter_type type;
  std::string_view fallback;  // as in text; empty: not set
  std::string_view meaning;
  std::string_view choices = {};  // of a choice: "fixed uniform normal"
  bool required = false;
};

[[nodiscard]] std::string_view name_of(parameter_type type);

// Values that were checked against their parameters; every parameter with a fallback is there.
class settings {
 public:
  // Blame: recipe; all complaints in one message.
  static result<settings> read(json::object const& given, std::vector<parameter> const& known);

  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
  [[nodiscard]] microseconds duration(std::string_view name) const;
  [[nodiscard]] std::vector<microseconds> const& durations(std::string_view name) const;
  [[nodiscard]] std::vector<std::uint64_t> const& counts(std::string_view name) const;
  // A size or a count.
  [[nodiscard]] std::uint64_t number(std::string_view name) const;
  [[nodiscard]] double fraction(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::string const& text(std::string_view name) const;
  // One bit per operation.
  [[nodiscard]] unsigned operations(std::string_view name) const;

 private:
  struct operation_set {
    unsigned bits = 0;
  };
  using value = std::variant<microseconds, std::vector<microseconds>, std::uint64_t,
                             std::vector<std::uint64_t>, double, bool, std::string, operation_set>;
  static result<value> read_one(json::value const& given, parameter const& one);

  template <class T>
  T const& get(std::string_view name) const;

  std::map<std::string, value, std::less<>> values_;
};

// "slow=latency:delay=10ms,operations=read+write" -> {"name": "slow", "kind": "latency", "delay":
// "10ms", …}. Without "slow=" the kind is the name.
result<json::object> spec_from_text(std::string_view text);

}  // namespace wedgehog::nbd
