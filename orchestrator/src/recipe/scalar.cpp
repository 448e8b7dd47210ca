#include "recipe/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/ensure.hpp"
#include "base/pattern.hpp"
#include "base/units.hpp"
#include "plan/script_end.hpp"
#include "recipe/complaint.hpp"

namespace wedgehog::recipe {
namespace {

error out_of_range(parameter const& what, std::string_view text) {
  return recipe_error(
      fmt::format("`{}` is {}; it must be {}", what.name, shown(text), describe(what)));
}

error not_of_kind(parameter const& what, std::string_view text) {
  return recipe_error(
      fmt::format("`{}` is '{}'; it must be {}", what.name, shown(text), describe(what)));
}

// Parses `text` and the bounds with the same `parse`, so that a bound is written like a value.
template <class Parse>
auto bounded(parameter const& what, std::string_view text, Parse const& parse)
    -> decltype(parse(text)) {
  auto const value = parse(text);
  if (!value) return value;
  if ((!what.least.empty() && *value < parse(what.least).value()) ||
      (!what.most.empty() && *value > parse(what.most).value()))
    return out_of_range(what, text);
  return value;
}

template <class Number>
auto number_parser(parameter const& what) {
  return [&what](std::string_view text) -> result<Number> {
    Number number{};
    auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size()) return not_of_kind(what, text);
    if constexpr (std::is_floating_point_v<Number>)
      if (!std::isfinite(number)) return not_of_kind(what, text);
    return number;
  };
}

bool is_name(std::string_view text) {
  auto const plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 40 && plain(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
}

// Debian policy 5.6.7, with an end to its length.
bool is_package(std::string_view text) {
  auto const plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return text.size() >= 2 && text.size() <= 100 && plain(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return plain(c) || c == '.' || c == '+' || c == '-'; });
}

// "3", "any", "SIGKILL", "not 3": "!0" and "! 0" are "not 0".
result<std::string> as_exit_code(parameter const& what, std::string_view text) {
  auto rest = text;
  bool const other = rest.starts_with("not ") || rest.starts_with('!');
  if (other) rest.remove_prefix(rest.front() == '!' ? 1 : 4);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  std::string said(rest);
  if (rest != "any") {
    auto const value = number_parser<std::uint64_t>(what)(rest);
    auto const signal = plan::signal_name(rest);
    if (!signal && (!value || *value > 255)) return not_of_kind(what, text);
    said = signal ? *signal : fmt::format("{}", *value);
  }
  return other ? "not " + said : said;
}

result<std::string> as_word(parameter const& what, std::string_view text, std::string_view noun) {
  auto const allowed = allowed_words(what);
  if (std::find(allowed.begin(), allowed.end(), text) != allowed.end()) return std::string(text);
  return recipe_error(fmt::format("'{}' is not {}", shown(text), noun));
}

template <class T, class Print>
result<std::string> printed(result<T> const& value, Print const& print) {
  if (!value) return value.error();
  return std::string(print(*value));
}

}  // namespace

std::vector<std::string> allowed_words(parameter const& what) {
  std::vector<std::string> allowed;
  auto const add = [&](place where) {
    for (auto const& row : words_of(where))
      if (std::find(allowed.begin(), allowed.end(), row.name) == allowed.end())
        allowed.emplace_back(row.name);
  };
  for (auto const& each : what.choices) allowed.emplace_back(each.name);
  if (what.kind == value_kind::verdict) add(place::verdict);
  if (what.kind == value_kind::verdict_kind) add(place::kind);
  if (what.kind == value_kind::fault) add(place::fault);
  return allowed;
}

result<std::string> as_durations(parameter const& what, std::string_view text) {
  std::string all;
  while (!text.empty()) {
    auto const blank = std::min(text.find(' '), text.size());
    auto const word = text.substr(0, blank);
    text.remove_prefix(std::min(blank + 1, text.size()));
    if (word.empty()) continue;
    auto one = printed(bounded(what, word, parse_duration), print_duration);
    if (!one) return one;
    all += (all.empty() ? "" : " ") + *one;
  }
  if (all.empty()) return not_of_kind(what, text);
  return all;
}

result<std::string> canonical(parameter const& what, std::string_view text) {
  std::string const same(text);
  bool const unreadable = text.size() > 100 || text.find('\n') != std::string_view::npos;
  if (unreadable && (what.kind == value_kind::size || what.kind == value_kind::duration))
    return not_of_kind(what, text);
  switch (what.kind) {
    case value_kind::text:
      return same;
    case value_kind::script:
      if (text.find_first_not_of(" \t\n") == std::string_view::npos)
        return recipe_error(fmt::format("`{}` is empty", what.name));
      return same;
    case value_kind::line:
      if (text.empty()) return recipe_error(fmt::format("`{}` is empty", what.name));
      if (text.find('\n') != std::string_view::npos) return not_of_kind(what, text);
      return same;
    case value_kind::name:
    case value_kind::workload:
    case value_kind::disk:
    case value_kind::capture:
    case value_kind::injected:
    case value_kind::step_place:
      if (!is_name(text))
        return recipe_error(
            fmt::format("'{}' is not a name; write a-z, 0-9, '.', '_' and '-', at "
                        "most 40, beginning with a letter or digit",
                        shown(text)));
      return same;
    case value_kind::package:
      if (!is_package(text))
        return recipe_error(fmt::format("'{}' is not the name of a Debian package", shown(text)));
      return same;
    case value_kind::guest_path:
      if (!is_guest_path(text))
        return recipe_error(
            fmt::format("'{}' is not a path in the guest; write it like /mnt, "
                        "without .., spaces and quotes",
                        shown(text)));
      return same;
    case value_kind::one_of:
      return as_word(what, text, fmt::format("a value of `{}`", what.name));
    case value_kind::verdict:
      return as_word(what, text, "a verdict");
    case value_kind::verdict_kind:
      return as_word(what, text, "a kind of a verdict");
    case value_kind::fault:
      return as_word(what, text, "a fault");
    case value_kind::flag:
      if (text == "true" || text == "false") return same;
      return not_of_kind(what, text);
    case value_kind::exit_code:
      return as_exit_code(what, text);
    case value_kind::count:
      return printed(bounded(what, text, number_parser<std::uint64_t>(what)),
                     [](std::uint64_t value) { return fmt::format("{}", value); });
    case value_kind::fraction:
      return printed(bounded(what, text, number_parser<double>(what)),
                     [](double value) { return fmt::format("{}", value); });
    case value_kind::size:
      return printed(bounded(what, text, parse_size),
                     [](std::uint64_t value) { return fmt::format("{}", value); });
    case value_kind::duration:
      return printed(bounded(what, text, parse_duration), print_duration);
    case value_kind::durations:
      return as_durations(what, text);
    case value_kind::pattern: {
      auto const compiled = pattern::compile(text);
      if (!compiled) return compiled.error();
      return same;
    }
    default:
      ensure(false, "a list or mapping is no scalar");
      return same;
  }
}

bool is_guest_path(std::string_view text) {
  if (text.empty() || text.front() != '/' || text.size() > 1000) return false;
  if (text.find("/../") != std::string_view::npos || text.ends_with("/..")) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\'' && c != '"' && c != '\\' && c != 0x7f;
  });
}

}  // namespace wedgehog::recipe
