#include "report/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/parts.hpp"
#include "base/units.hpp"

namespace wedgehog::report {
namespace {

result<store::moment> moment_meant(std::string_view value, store::moment now) {
  auto const whole =
      value.size() == 10 ? std::string(value) + "T00:00:00.000Z" : std::string(value);
  if (auto const when = store::parse_moment(whole)) return *when;
  auto const ago = parse_duration(value);
  if (!ago)
    return recipe_error(fmt::format(
        "'{}' is no time: give how long ago it was (12h, 7d), a day (2026-11-21) or a moment of "
        "UTC (2026-11-21T03:41:07.123Z)",
        value));
  return std::chrono::time_point_cast<std::chrono::milliseconds>(now - *ago);
}

// A variant is its terms with spaces between.
std::set<std::string_view> terms_of(std::string_view variant) {
  std::set<std::string_view> terms;
  for (auto const term : parts_of(variant, ' '))
    if (!term.empty()) terms.insert(term);
  return terms;
}

bool is_variant(std::string const& wanted, std::string const& variant) {
  auto const terms = terms_of(variant);
  auto const asked = terms_of(wanted);
  if (asked.empty()) return terms.empty();
  return std::includes(terms.begin(), terms.end(), asked.begin(), asked.end());
}

bool is_kernel(std::string const& wanted, std::string const& release) {
  if (!release.starts_with(wanted)) return false;
  auto const digit = [](char c) { return c >= '0' && c <= '9'; };
  bool const cuts_number = release.size() > wanted.size() && !wanted.empty() &&
                           digit(release[wanted.size()]) && digit(wanted.back());
  return !cuts_number;
}

struct term_kind {
  std::string_view word;
  std::vector<std::string> selection::*wanted;
  std::string store::cell_tally::*had;
  bool (*holds)(std::string const& wanted, std::string const& had);
};

bool is_same(std::string const& wanted, std::string const& had) {
  return wanted == had;
}

constexpr term_kind kinds[] = {
    {"recipe", &selection::recipes, &store::cell_tally::recipe, is_same},
    {"variant", &selection::variants, &store::cell_tally::variant, is_variant},
    {"image", &selection::images, &store::cell_tally::image, is_same},
    {"kernel", &selection::kernels, &store::cell_tally::kernel, is_kernel},
    {"campaign", &selection::campaigns, &store::cell_tally::campaign, is_same},
};

result<void> add_term(selection& to, std::string_view term, store::moment now) {
  auto const equals = term.find('=');
  auto const word = term.substr(0, equals);
  auto const value = equals == std::string_view::npos ? "" : term.substr(equals + 1);
  for (auto const& kind : kinds) {
    if (word != kind.word || equals == std::string_view::npos) continue;
    (to.*kind.wanted).emplace_back(value);
    return {};
  }
  bool const since = word == "since";
  if ((!since && word != "until") || equals == std::string_view::npos)
    return recipe_error(fmt::format(
        "'{}' in '{}' selects nothing: terms are recipe=, variant=, image=, kernel=, campaign=, "
        "since= and until=, joined by ',' (by '&' where a value has a comma)",
        term, to.text));
  auto const when = moment_meant(value, now);
  if (!when) return when.error();
  (since ? to.when.since : to.when.until) = *when;
  return {};
}

std::string listed(std::set<std::string> const& values) {
  constexpr std::size_t most = 12;
  std::string text;
  std::size_t told = 0;
  for (auto const& value : values) {
    if (told++ == most) return text + fmt::format(", and {} more", values.size() - most);
    text += (text.empty() ? "" : ", ") + (value.empty() ? std::string("(none)") : value);
  }
  return text;
}

}  // namespace

result<selection> parse_selection(std::string_view text, store::moment now) {
  selection parsed{.text = std::string(text)};
  char const between = text.find('&') == std::string_view::npos ? ',' : '&';
  for (auto const term : parts_of(text, between)) {
    auto const added = add_term(parsed, term, now);
    if (!added) return added.error();
  }
  return parsed;
}

bool selects(selection const& wanted, store::cell_tally const& cell) {
  return std::all_of(std::begin(kinds), std::end(kinds), [&](term_kind const& kind) {
    auto const& asked = wanted.*kind.wanted;
    return std::all_of(asked.begin(), asked.end(),
                       [&](auto const& value) { return kind.holds(value, cell.*kind.had); });
  });
}

std::string what_exists_instead(selection const& wanted, std::span<store::cell_tally const> cells) {
  if (cells.empty()) return "there are no runs yet";
  std::string text;
  for (auto const& kind : kinds) {
    std::set<std::string> there;
    for (auto const& cell : cells) there.insert(cell.*kind.had);
    for (auto const& value : wanted.*kind.wanted) {
      bool const held = std::any_of(there.begin(), there.end(),
                                    [&](auto const& had) { return kind.holds(value, had); });
      if (!held)
        text += fmt::format("{}no run has {}={}; there are: {}", text.empty() ? "" : "; ",
                            kind.word, value, listed(there));
    }
  }
  return text;
}

}  // namespace wedgehog::report
