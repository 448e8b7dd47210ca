#include "recipe/checked.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ensure.hpp"
#include "recipe/scalar.hpp"

namespace wedgehog::recipe {
namespace {

constexpr std::size_t most_complaints = 200;

std::vector<std::string> keys_of(word const& what) {
  std::vector<std::string> keys;
  for (auto const& each : what.parameters) keys.emplace_back(each.name);
  return keys;
}

std::string_view called(node_kind kind) {
  switch (kind) {
    case node_kind::nothing:
      return "nothing";
    case node_kind::scalar:
      return "a single value";
    case node_kind::list:
      return "a list";
    case node_kind::mapping:
      return "a mapping";
  }
  return {};
}

bool is_scalar(value_kind kind) {
  return kind < value_kind::lines;
}

node_kind shape_of(value_kind kind) {
  switch (kind) {
    case value_kind::lines:
    case value_kind::names:
    case value_kind::packages:
    case value_kind::sections:
    case value_kind::steps:
    case value_kind::groups:
      return node_kind::list;
    case value_kind::settings:
    case value_kind::by_name:
    case value_kind::matrix:
      return node_kind::mapping;
    default:
      return node_kind::scalar;
  }
}

value_kind item_kind(value_kind list) {
  if (list == value_kind::names) return value_kind::name;
  return list == value_kind::packages ? value_kind::package : value_kind::line;
}

template <class Map>
auto const* find_in(Map const& map, std::string_view name) {
  auto const found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

bool ledger::is_new(position const& where, std::string const& message) {
  if (full()) return false;
  return seen_
      .emplace(where.file == nullptr ? std::string() : *where.file, where.line, where.column,
               message)
      .second;
}

void ledger::add(complaint what) {
  if (full()) return;
  if (seen_.emplace(what.file, what.line, what.column, what.message).second)
    complaints_.push_back(std::move(what));
}

void ledger::add(position const& where, std::string message, std::vector<std::string> allowed,
                 std::string_view written) {
  if (!is_new(where, message)) return;
  auto made = complaint_at(where, std::move(message));
  made.nearest = nearest_word(written, allowed);
  made.allowed = std::move(allowed);
  complaints_.push_back(std::move(made));
}

bool ledger::full() const {
  return complaints_.size() >= most_complaints;
}

std::vector<complaint> ledger::take() {
  std::stable_sort(complaints_.begin(), complaints_.end(), [](auto const& left, auto const& right) {
    return std::tie(left.file, left.line, left.column) <
           std::tie(right.file, right.line, right.column);
  });
  seen_.clear();
  return std::exchange(complaints_, {});
}

node const& fields::where(std::string_view name) const {
  auto const* found = find_in(nodes_, name);
  return found == nullptr || *found == nullptr ? *where_ : **found;
}

std::string fields::text(std::string_view name) const {
  auto const* found = find_in(texts_, name);
  return found == nullptr ? std::string() : *found;
}

std::optional<microseconds> fields::duration(std::string_view name) const {
  auto const* found = find_in(texts_, name);
  return found == nullptr ? std::nullopt : std::optional(parse_duration(*found).value());
}

std::optional<std::uint64_t> fields::count(std::string_view name) const {
  auto const* found = find_in(texts_, name);
  if (found == nullptr) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(found->data(), found->data() + found->size(), number);
  return number;
}

std::vector<std::string> fields::list(std::string_view name) const {
  auto const* found = find_in(lists_, name);
  return found == nullptr ? std::vector<std::string>{} : *found;
}

std::map<std::string, std::string> fields::settings(std::string_view name) const {
  auto const* found = find_in(settings_, name);
  return found == nullptr ? std::map<std::string, std::string>{} : *found;
}

node const* fields::below(std::string_view name) const {
  auto const* found = find_in(nodes_, name);
  return found == nullptr ? nullptr : *found;
}

checker::checker(ledger& complaints, combination values, matrix const& variants)
    : complaints_(complaints), values_(std::move(values)), variants_(variants) {}

fields checker::check(word const& what, node const& where) {
  fields out(where);
  if (where.kind == node_kind::mapping) {
    for (auto const& [key, value] : where.entries) check_entry(what, *key, *value, out);
    check_missing(what, out);
  } else if (!what.shorthand.empty() && where.kind != node_kind::nothing) {
    auto const* parameter = find_parameter(what, what.shorthand);
    ensure(parameter != nullptr, "the shorthand is one of the parameters");
    check_value(*parameter, where, out);
    check_missing(what, out);
  } else if (where.kind == node_kind::nothing) {
    check_missing(what, out);
  } else if (what.parameters.empty()) {
    complaints_.add(
        where, fmt::format("`{}` takes nothing, and this is {}", what.name, called(where.kind)));
  } else {
    complaints_.add(
        where, fmt::format("`{}` needs a mapping, and this is {}", what.name, called(where.kind)),
        keys_of(what));
  }
  return out;
}

void checker::check_entry(word const& what, node const& key, node const& value, fields& out) {
  if (auto const* known = find_parameter(what, key.value)) {
    check_value(*known, value, out);
    return;
  }
  if (what.parameters.empty())
    complaints_.add(
        key, fmt::format("`{}` takes nothing, and '{}' is given", what.name, shown(key.value)));
  else if (auto const* topic = find_topic(key.value))
    complaints_.add(key, fmt::format("'{}' is not a key of `{}`; `wedgehog explain {}` says {}",
                                     key.value, what.name, topic->name, topic->of));
  else
    complaints_.add(key, fmt::format("'{}' is not a key of `{}`", shown(key.value), what.name),
                    keys_of(what), key.value);
}

// Notes a wrong value too (as null when even its shape is wrong), so that it does not count as
// missing.
void checker::check_value(parameter const& what, node const& value, fields& out) {
  out.nodes_[what.name] = &value;
  if (value.kind == node_kind::nothing) {
    complaints_.add(value,
                    fmt::format("`{}` has no value; it must be {}", what.name, describe(what)));
    return;
  }
  if (is_scalar(what.kind)) {
    if (auto text = scalar(what, value)) out.texts_[what.name] = *std::move(text);
    return;
  }
  switch (what.kind) {
    case value_kind::lines:
    case value_kind::names:
    case value_kind::packages:
      check_list(what, value, out);
      break;
    case value_kind::settings:
      check_settings(what, value, out);
      break;
    case value_kind::section:
    case value_kind::alternatives:
      break;  // may have a shorthand: whoever reads it checks its shape
    default:
      if (!expect_kind(what, value, shape_of(what.kind))) out.nodes_[what.name] = nullptr;
  }
}

bool checker::expect_kind(parameter const& what, node const& value, node_kind kind) {
  bool const empty = value.items.empty() && value.entries.empty();
  if (value.kind == kind && !empty) return true;
  complaints_.add(value, value.kind == kind ? fmt::format("`{}` is empty", what.name)
                                            : fmt::format("`{}` is {}; it must be {}", what.name,
                                                          called(value.kind), describe(what)));
  return false;
}

void checker::check_list(parameter const& what, node const& value, fields& out) {
  if (!expect_kind(what, value, node_kind::list)) return;
  parameter const item{what.name, item_kind(what.kind)};
  for (auto const& each : value.items)
    if (auto text = scalar(item, *each)) out.lists_[what.name].push_back(*std::move(text));
}

void checker::check_settings(parameter const& what, node const& value, fields& out) {
  if (!expect_kind(what, value, node_kind::mapping)) return;
  for (auto const& [key, each] : value.entries) {
    parameter const item{key->value, value_kind::line};
    if (key->value.empty() || key->value.find_first_of(" \n\t=") != std::string::npos)
      complaints_.add(*key,
                      fmt::format("'{}' cannot be a key of `{}`", shown(key->value), what.name));
    else if (auto text = scalar(item, *each))
      out.settings_[what.name][key->value] = *std::move(text);
  }
}

void checker::check_missing(word const& what, fields& out) {
  for (auto const& each : what.parameters) {
    if (out.nodes_.contains(each.name)) continue;
    if (each.required)
      complaints_.add(out.where(),
                      fmt::format("`{}` needs `{}`: {}", what.name, each.name, each.doc));
    else if (!each.preset.empty() && is_scalar(each.kind))
      out.texts_[each.name] = canonical(each, each.preset).value();
  }
  if (what.exactly_one.empty()) return;
  std::vector<std::string> given;
  for (auto const& name : what.exactly_one)
    if (out.nodes_.contains(name)) given.emplace_back(name);
  std::vector<std::string> const choices(what.exactly_one.begin(), what.exactly_one.end());
  if (given.empty())
    complaints_.add(out.where(), fmt::format("`{}` needs exactly one of these", what.name),
                    choices);
  else if (given.size() > 1)
    complaints_.add(out.where(),
                    fmt::format("`{}` has {}, and they exclude each other", what.name,
                                fmt::join(given, " and ")),
                    choices);
}

std::optional<std::string> checker::put_in_variants(parameter const& what, node const& where) {
  auto text = substitute(where.value, values_);
  bool right = !text.unfinished;
  if (text.unfinished)
    complaints_.add(where, "'${{' is not closed by '}}'; write '$${{' for the characters");
  auto allowed = variants_.names();
  allowed.emplace_back("seed");
  for (auto const& name : text.unknown) {
    right = false;
    if (!variants_.broken.contains(name))
      complaints_.add(where, fmt::format("'{}' is not a variant of this recipe", shown(name)),
                      allowed, name);
  }
  if (!right) return std::nullopt;
  if (what.kind == value_kind::script)
    if (auto const name = shell_lookalike(where.value, values_); !name.empty())
      complaints_.add(where, fmt::format("${{{0}}} is the shell's, and this script sets no {0}; "
                                         "the variant is written ${{{{ {0} }}}}",
                                         name));
  return std::move(text.text);
}

std::optional<std::string> checker::scalar(parameter const& what, node const& where) {
  if (where.kind != node_kind::scalar) {
    complaints_.add(where, fmt::format("`{}` is {}; it must be {}", shown(what.name),
                                       called(where.kind), describe(what)));
    return std::nullopt;
  }
  auto const text = put_in_variants(what, where);
  if (!text) return std::nullopt;
  auto checked = canonical(what, *text);
  if (checked) return *std::move(checked);
  std::string message = checked.error().what();
  if (*text != where.value)
    message += fmt::format(" (from {})", shown(where.value));
  else if (where.value.find("${") != std::string::npos && what.kind != value_kind::script)
    message += "; a variant is written ${{ name }}";
  complaints_.add(where, std::move(message), allowed_words(what), *text);
  return std::nullopt;
}

}  // namespace wedgehog::recipe
