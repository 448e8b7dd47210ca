#include "recipe/yaml_trouble.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wedgehog::recipe {
namespace {

std::string_view line_of(std::string_view text, int line) {
  while (--line > 0) {
    auto const end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  auto const found = text.substr(0, text.find('\n'));
  return found.ends_with('\r') ? found.substr(0, found.size() - 1) : found;
}

std::string_view without_blanks(std::string_view text) {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "key: value" of a line, behind its dashes; no key when the line is only a value.
struct entry {
  std::string_view key;
  std::string_view value;
};

entry entry_of(std::string_view line) {
  auto rest = without_blanks(line);
  while (rest.starts_with("- ")) rest = without_blanks(rest.substr(1));
  // Its first ": ", or ":" at the end.
  for (auto at = rest.find(':'); at != std::string_view::npos; at = rest.find(':', at + 1))
    if (at + 1 == rest.size() || rest[at + 1] == ' ' || rest[at + 1] == '\t')
      return {rest.substr(0, at), without_blanks(rest.substr(at + 1))};
  return {{}, rest};
}

bool begins_a_mapping(std::string_view value) {
  return value.find(": ") != std::string_view::npos || value.ends_with(':');
}

// As one would write it: in single quotes, those inside doubled.
std::string quoted(entry const& what) {
  std::string text;
  for (char const c : what.value) {
    text += c;
    if (c == '\'') text += c;
  }
  return what.key.empty() ? fmt::format("'{}'", shown(text))
                          : fmt::format("{}: '{}'", shown(what.key), shown(text));
}

std::string_view above(std::string_view text, int line) {
  while (--line > 0)
    if (auto const found = line_of(text, line);
        !without_blanks(found).empty() && !without_blanks(found).starts_with('#'))
      return found;
  return {};
}

std::string about_a_colon(position const& where, std::string_view text) {
  auto const found = entry_of(line_of(text, where.line));
  bool const behind_the_key = !found.key.empty() && begins_a_mapping(found.value);
  if (behind_the_key)
    return fmt::format("a ':' with a blank behind it begins a mapping; quote the text: {}",
                       quoted(found));
  auto const before = entry_of(above(text, where.line));
  if (before.key.empty() && !before.value.empty())
    return "a ':' behind a key is missing in the line above, or its text needs quotes";
  return "this line is indented deeper than the key above it, which has its value already";
}

// Nothing when quotes are not the trouble.
std::string about_quotes(std::string_view line) {
  auto const found = entry_of(line);
  if (found.value.empty()) return {};
  char const first = found.value.front();
  if (first == '"' || first == '\'')
    return fmt::format("the quotes end before the text does; they go around all of it: {}",
                       quoted(found));
  if (std::string_view("@`%*&!|>?-,]}").find(first) != std::string_view::npos)
    return fmt::format("a text that begins with '{}' needs quotes: {}", first, quoted(found));
  return {};
}

std::string about_braces(std::string_view line) {
  if (line.find("${{") != std::string_view::npos)
    return "inside { } and [ ], a text with ${{ }} needs quotes";
  return "a '{', '[' or quote is not closed, or a text between them needs quotes because it holds "
         "': ' or ', '";
}

}  // namespace

std::string explain_yaml_trouble(std::string_view said, position const& where,
                                 std::string_view text) {
  auto const line = line_of(text, where.line);
  std::string remedy;
  if (line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos)
    remedy = "this line begins with a tab, and YAML indents with blanks only";
  else if (said.find("flow") != std::string_view::npos && said.find("not found") != said.npos)
    remedy = about_braces(line);
  else if (said.find("illegal map value") != std::string_view::npos)
    remedy = about_a_colon(where, text);
  else if (said.find("escape") != std::string_view::npos)
    remedy = "in \" \" a backslash means something; write the text in ' ', or the backslash twice";
  else
    remedy = about_quotes(line);
  if (remedy.empty() && line.find("${{") != std::string_view::npos) remedy = about_braces(line);
  return fmt::format("this is not YAML: {}{}{}", said, remedy.empty() ? "" : "; ", remedy);
}

}  // namespace wedgehog::recipe
