#include "nbd/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/ensure.hpp"
#include "nbd/request.hpp"

namespace wedgehog::nbd {
namespace {

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    auto const end = text.find_first_of(separators);
    if (end != 0) parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

// A JSON array of texts, or one text with + or spaces between.
result<std::vector<std::string>> texts_of(json::value const& given) {
  if (given.is_string()) return split(std::string_view(given.get_string()), "+ ");
  std::vector<std::string> parts;
  if (!given.is_array()) return recipe_error("must be a list");
  for (auto const& item : given.get_array()) {
    if (!item.is_string()) return recipe_error("must be a list of texts");
    parts.emplace_back(item.get_string());
  }
  return parts;
}

result<double> number_of(json::value const& given) {
  if (given.is_number()) return given.to_number<double>();
  double value = 0;
  if (given.is_string()) {
    std::string_view const text = given.get_string();
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed == std::errc() && end == text.data() + text.size() && std::isfinite(value))
      return value;
  }
  return recipe_error("must be a number");
}

result<std::uint64_t> count_of(json::value const& given) {
  if (given.is_uint64()) return given.get_uint64();
  if (given.is_int64() && given.get_int64() >= 0)
    return static_cast<std::uint64_t>(given.get_int64());
  if (given.is_string()) {
    std::uint64_t value = 0;
    std::string_view const text = given.get_string();
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed == std::errc() && end == text.data() + text.size()) return value;
  }
  return recipe_error("must be a whole number, from 0 on");
}

result<microseconds> duration_of(json::value const& given) {
  if (!given.is_string()) return recipe_error("must be a duration with its unit, like \"10ms\"");
  return parse_duration(std::string_view(given.get_string()));
}

}  // namespace

std::string_view name_of(parameter_type type) {
  switch (type) {
    case parameter_type::duration:
      return "duration";
    case parameter_type::durations:
      return "list of durations";
    case parameter_type::size:
      return "size";
    case parameter_type::count:
      return "count";
    case parameter_type::counts:
      return "list of counts";
    case parameter_type::number:
      return "number";
    case parameter_type::fraction:
      return "fraction";
    case parameter_type::flag:
      return "true or false";
    case parameter_type::text:
      return "text";
    case parameter_type::choice:
      return "choice";
    case parameter_type::operations:
      return "operations";
  }
  return "text";
}

result<settings::value> settings::read_one(json::value const& given, parameter const& one) {
  switch (one.type) {
    case parameter_type::duration: {
      auto read = duration_of(given);
      if (!read) return read.error();
      return value(*read);
    }
    case parameter_type::durations: {
      auto parts = texts_of(given);
      if (!parts) return parts.error();
      std::vector<microseconds> list;
      for (auto const& part : *parts) {
        auto read = parse_duration(part);
        if (!read) return read.error();
        list.push_back(*read);
      }
      if (list.empty()) return recipe_error("must name at least one duration");
      return value(std::move(list));
    }
    case parameter_type::size: {
      if (given.is_string()) {
        auto read = parse_size(std::string_view(given.get_string()));
        if (!read) return read.error();
        return value(*read);
      }
      [[fallthrough]];
    }
    case parameter_type::count: {
      auto read = count_of(given);
      if (!read) return read.error();
      return value(*read);
    }
    case parameter_type::counts: {
      std::vector<std::uint64_t> list;
      auto const parts = given.is_array() ? given.get_array() : json::array{given};
      for (auto const& part : parts) {
        auto read = count_of(part);
        if (!read) return recipe_error("must be a list of whole numbers");
        list.push_back(*read);
      }
      return value(std::move(list));
    }
    case parameter_type::number:
    case parameter_type::fraction: {
      auto read = number_of(given);
      if (!read) return read.error();
      if (*read < 0) return recipe_error("must not be below zero");
      if (one.type == parameter_type::fraction && *read > 1)
        return recipe_error("must be between 0 and 1");
      return value(*read);
    }
    case parameter_type::flag: {
      if (given.is_bool()) return value(given.get_bool());
      if (given.is_string() && given.get_string() == "true") return value(true);
      if (given.is_string() && given.get_string() == "false") return value(false);
      return recipe_error("must be true or false");
    }
    case parameter_type::text:
      if (!given.is_string()) return recipe_error("must be a text");
      return value(std::string(given.get_string()));
    case parameter_type::choice: {
      auto const known = split(one.choices, " ");
      if (given.is_string() &&
          std::find(known.begin(), known.end(), given.get_string()) != known.end())
        return value(std::string(given.get_string()));
      return recipe_error(fmt::format("must be one of: {}", one.choices));
    }
    case parameter_type::operations: {
      auto parts = texts_of(given);
      if (!parts) return parts.error();
      operation_set set;
      for (auto const& part : *parts) {
        operation found{};
        if (!parse_name(part, found))
          return recipe_error(
              fmt::format("'{}' is none of: {}", part, joined_words<operation>(", ")));
        set.bits |= 1U << static_cast<unsigned>(found);
      }
      return value(set);
    }
  }
  return recipe_error("cannot be read");
}

result<settings> settings::read(json::object const& given, std::vector<parameter> const& known) {
  settings made;
  std::vector<std::string> complaints;
  std::vector<std::string_view> names;
  for (auto const& one : known) {
    names.push_back(one.name);
    auto const* const found = given.if_contains(one.name);
    if (found == nullptr && one.required)
      complaints.push_back(fmt::format("'{}' is missing", one.name));
    if (found == nullptr && one.fallback.empty()) continue;
    auto read = read_one(found != nullptr ? *found : json::value(json::string(one.fallback)), one);
    if (read)
      made.values_.insert_or_assign(std::string(one.name), std::move(*read));
    else
      complaints.push_back(fmt::format("'{}' {}", one.name, read.error().what()));
  }
  for (auto const& [key, ignored] : given)
    if (std::find(names.begin(), names.end(), std::string_view(key)) == names.end())
      complaints.push_back(fmt::format("'{}' is not known here; known: {}", std::string_view(key),
                                       fmt::join(names, ", ")));
  if (!complaints.empty()) return recipe_error(fmt::format("{}", fmt::join(complaints, "; ")));
  return made;
}

template <class T>
T const& settings::get(std::string_view name) const {
  auto const found = values_.find(name);
  ensure(found != values_.end(), "a parameter without fallback is asked for only when it is there");
  auto const* const value = std::get_if<T>(&found->second);
  ensure(value != nullptr, "a parameter is asked for as what it was declared");
  return *value;
}

microseconds settings::duration(std::string_view name) const {
  return get<microseconds>(name);
}
std::vector<microseconds> const& settings::durations(std::string_view name) const {
  return get<std::vector<microseconds>>(name);
}
std::vector<std::uint64_t> const& settings::counts(std::string_view name) const {
  return get<std::vector<std::uint64_t>>(name);
}
std::uint64_t settings::number(std::string_view name) const {
  return get<std::uint64_t>(name);
}
double settings::fraction(std::string_view name) const {
  return get<double>(name);
}
bool settings::flag(std::string_view name) const {
  return get<bool>(name);
}
std::string const& settings::text(std::string_view name) const {
  return get<std::string>(name);
}
unsigned settings::operations(std::string_view name) const {
  return get<operation_set>(name).bits;
}

result<json::object> spec_from_text(std::string_view text) {
  json::object spec;
  auto const colon = text.find(':');
  auto head = text.substr(0, colon);
  auto const equals = head.find('=');
  if (equals != std::string_view::npos) {
    spec["name"] = head.substr(0, equals);
    head.remove_prefix(equals + 1);
  }
  if (head.empty()) return recipe_error("a fault needs a kind: [NAME=]KIND[:KEY=VALUE,…]");
  spec["kind"] = head;
  if (colon == std::string_view::npos) return spec;
  for (auto const& part : split(text.substr(colon + 1), ",")) {
    auto const at = part.find('=');
    if (at == std::string::npos || at == 0)
      return recipe_error(fmt::format("'{}' is not KEY=VALUE", part));
    spec[part.substr(0, at)] = part.substr(at + 1);
  }
  return spec;
}

}  // namespace wedgehog::nbd
