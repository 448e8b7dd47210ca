// What went wrong, whose fault it is, and what was being done. Every failure of the world travels
// as an `error` in a `result`; our own mistakes go through ensure(), cancellation through an
// exception.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/enum_words.hpp"

namespace wedgehog {

// Whose fault: `recipe` what the user wrote, `guest` the system under test (becomes a finding),
// `host` this machine or QEMU (makes a run invalid, never a guest failure).
enum class blame { recipe, guest, host };

BOOST_DESCRIBE_ENUM(blame, recipe, guest, host)

class error {
 public:
  error() : whose_(blame::host), what_("no error") {}  // what result::error() gives on success
  error(blame whose, std::string what) : whose_(whose), what_(std::move(what)) {}

  [[nodiscard]] blame whose() const { return whose_; }
  [[nodiscard]] std::string const& what() const { return what_; }

  // Adds the outer circumstance: error("no such file").within("reading the recipe x.yaml").
  error within(std::string circumstance) &&;

  // "no such file (while reading the recipe x.yaml, while starting run 3)"
  [[nodiscard]] std::string message() const;

 private:
  blame whose_;
  std::string what_;
  std::vector<std::string> circumstances_;
};

[[nodiscard]] inline error host_error(std::string what) {
  return {blame::host, std::move(what)};
}
[[nodiscard]] inline error guest_error(std::string what) {
  return {blame::guest, std::move(what)};
}
[[nodiscard]] inline error recipe_error(std::string what) {
  return {blame::recipe, std::move(what)};
}

// "opening /x: No such file or directory", from an errno value.
[[nodiscard]] error system_failure(std::string_view what_was_tried, int error_number);

template <class T>
using result = boost::system::result<T, error>;

// Thrown only when value() is called on a failed result: a place that has no road for errors.
struct unexpected_error : std::runtime_error {
  explicit unexpected_error(error const& cause)
      : std::runtime_error(cause.message()), cause(cause) {}
  error cause;
};
[[noreturn]] void throw_exception_from_error(error const& cause, boost::source_location const&);

}  // namespace wedgehog
