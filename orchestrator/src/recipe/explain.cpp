// `wedgehog explain` and the tables of the documentation: the catalogue in words.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/ensure.hpp"
#include "recipe/catalogue.hpp"
#include "recipe/recipe.hpp"

namespace wedgehog::recipe {
namespace {

constexpr place all_places[] = {place::key,     place::section, place::step,  place::fault,
                                place::verdict, place::kind,    place::topic, place::campaign};

constexpr std::array<std::pair<std::string_view, place>, 8> lists{{{"keys", place::key},
                                                                   {"sections", place::section},
                                                                   {"steps", place::step},
                                                                   {"faults", place::fault},
                                                                   {"verdicts", place::verdict},
                                                                   {"kinds", place::kind},
                                                                   {"topics", place::topic},
                                                                   {"campaigns", place::campaign}}};

std::string describe_parameter(parameter const& what) {
  std::string text = fmt::format("  {}: {}\n      {}", what.name, describe(what), what.doc);
  if (what.required)
    text += " Required.";
  else if (!what.preset.empty())
    text += fmt::format(" Left out: {}.", what.preset);
  text += '\n';
  for (auto const& each : what.choices) text += fmt::format("      {}: {}\n", each.name, each.doc);
  return text;
}

std::string heading(word const& what) {
  if (what.where == place::kind) return fmt::format("{} (kind of {})", what.name, what.of);
  return fmt::format("{} ({})", what.name, name_of(what.where));
}

std::string indented(std::string_view text) {
  std::string out = "  ";
  for (char const c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  out.resize(out.find_last_not_of(' ') + 1);
  return out;
}

std::string explain_word(word const& what) {
  std::string text = fmt::format("{}\n  {}\n", heading(what), what.doc);
  for (auto const& each : what.parameters) text += describe_parameter(each);
  if (!what.exactly_one.empty())
    text += fmt::format("  Exactly one of {}.\n", fmt::join(what.exactly_one, ", "));
  if (what.where == place::fault) text += "  Injected by `inject`, ended by `heal`.\n";
  if (what.where == place::verdict) {
    std::vector<std::string_view> kinds;
    for (auto const& row : kind_words())
      if (row.of == what.name) kinds.push_back(row.name);
    if (!kinds.empty()) text += fmt::format("  Kinds: {}.\n", fmt::join(kinds, ", "));
  }
  if (!what.example.empty()) text += "  Example:\n" + indented(indented(what.example));
  return text;
}

std::string explain_parameter(word const& owner, parameter const& what) {
  auto text = describe_parameter(what);
  return fmt::format("{} (in {})\n{}", what.name, heading(owner), text);
}

std::string escaped_cell(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string parameter_row(word const& owner, parameter const& what) {
  std::string const preset = what.required         ? "required"
                             : what.preset.empty() ? ""
                                                   : fmt::format("`{}`", what.preset);
  std::string text = fmt::format("| `{}` | `{}` | {} | {} | {}", owner.name, what.name,
                                 escaped_cell(describe(what)), preset, escaped_cell(what.doc));
  for (auto const& each : what.choices) text += fmt::format(" `{}`: {}.", each.name, each.doc);
  return text + " |\n";
}

std::string plain_table(std::span<word const> rows) {
  std::string text = "| word | means |\n|---|---|\n";
  for (auto const& row : rows) text += fmt::format("| `{}` | {} |\n", row.name, row.doc);
  return text;
}

std::string kind_table() {
  std::string text = "| verdict | kind | means |\n|---|---|---|\n";
  for (auto const& row : kind_words())
    text += fmt::format("| `{}` | `{}` | {} |\n", row.of, row.name, row.doc);
  return text;
}

std::string parameter_table(std::span<word const> rows) {
  std::string text = "| word | takes | which is | left out | means |\n|---|---|---|---|---|\n";
  for (auto const& row : rows) {
    std::string note = row.shorthand.empty()
                           ? std::string()
                           : fmt::format(" A bare value is its `{}`.", row.shorthand);
    if (!row.exactly_one.empty())
      note += fmt::format(" Exactly one of `{}`.", fmt::join(row.exactly_one, "`, `"));
    text += fmt::format("| **`{}`** | | | | {}{} |\n", row.name, row.doc, note);
    for (auto const& each : row.parameters) text += parameter_row(row, each);
  }
  return text;
}

}  // namespace

std::optional<std::string> explain(std::string_view asked) {
  std::string text;
  auto const add = [&](std::string const& more) {
    if (!text.empty()) text += '\n';
    text += more;
  };
  // A list ("faults") before the key of the same name, and the word that people look for.
  for (auto const& [name, where] : lists)
    if (name == asked)
      for (auto const& row : words_of(where)) add(explain_word(row));
  if (asked == "schedules") add(explain_word(*find_word(place::section, "scheduled fault")));
  for (auto const where : all_places)
    for (auto const& row : words_of(where))
      if (row.name == asked) add(explain_word(row));
  for (auto const where : all_places)
    for (auto const& row : words_of(where))
      if (auto const* found = find_parameter(row, asked); found != nullptr && row.name != asked)
        add(explain_parameter(row, *found));
  if (auto const* topic = find_topic(asked); topic != nullptr && topic->name != asked)
    add(explain_word(*topic));
  if (text.empty()) return std::nullopt;
  return text;
}

std::vector<std::string> words() {
  std::set<std::string> all{"schedules"};
  for (auto const& [name, where] : lists) all.emplace(name);
  for (auto const where : all_places)
    for (auto const& row : words_of(where)) {
      all.emplace(row.name);
      all.insert(row.also.begin(), row.also.end());
      for (auto const& each : row.parameters) all.emplace(each.name);
    }
  return {all.begin(), all.end()};
}

std::string nearest_known_word(std::string_view asked) {
  auto const all = words();
  return nearest_word(asked, all);
}

std::string word_table(std::string_view section) {
  if (section == "keys") return parameter_table(words_of(place::key));
  if (section == "sections") return parameter_table(words_of(place::section));
  if (section == "campaigns") return parameter_table(words_of(place::campaign));
  if (section == "steps") return parameter_table(words_of(place::step));
  if (section == "faults") return parameter_table(words_of(place::fault));
  if (section == "verdicts") return plain_table(words_of(place::verdict));
  if (section == "topics") return plain_table(words_of(place::topic));
  ensure(section == "kinds", "one of the seven tables");
  return kind_table();
}

}  // namespace wedgehog::recipe
