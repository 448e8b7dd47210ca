// The words of enums, from their enumerators and no table beside them (Boost.Describe). Below an
// enum, BOOST_DESCRIBE_ENUM(colour, dark_red, auto_) gives it the words "dark-red" and "auto":
// underscores are hyphens, and one at the end only keeps the word from being a keyword of C++.
//
// A word that was released never changes: it stands in saved plans, timelines and databases. Tests
// pin every one.
#pragma once

#include <array>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/ensure.hpp"

namespace wedgehog {

template <class T>
concept described_enum = boost::describe::has_describe_enumerators<T>::value;

namespace detail {
template <class Enumerator>
struct enumerator_word {
  static constexpr std::string_view name{Enumerator::name};
  static constexpr std::size_t length = name.size() - (name.ends_with('_') ? 1 : 0);
  static constexpr std::array<char, length> letters = [] {
    std::array<char, length> made{};
    for (std::size_t i = 0; i < length; ++i) made[i] = name[i] == '_' ? '-' : name[i];
    return made;
  }();
  static constexpr std::string_view text{letters.data(), length};
};

template <class Enum>
struct enum_word {
  Enum value;
  std::string_view text;
};

template <class Enum, template <class...> class List, class... Enumerators>
constexpr auto list_words(List<Enumerators...>) {
  return std::array<enum_word<Enum>, sizeof...(Enumerators)>{
      enum_word<Enum>{Enumerators::value, enumerator_word<Enumerators>::text}...};
}

template <class Words>
constexpr bool without_gaps(Words const& words) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (static_cast<std::size_t>(words[i].value) != i) return false;
  return true;
}
}  // namespace detail

// Every enumerator with its word, in the order of the enum: for (auto const& [value, text] : …).
template <described_enum Enum>
inline constexpr auto words_of_enum =
    detail::list_words<Enum>(boost::describe::describe_enumerators<Enum>{});

template <described_enum Enum>
[[nodiscard]] constexpr std::string_view name_of(Enum value) {
  static_assert(detail::without_gaps(words_of_enum<Enum>), "all enumerators are described");
  auto const number = static_cast<std::size_t>(value);
  if (number >= words_of_enum<Enum>.size()) ensure(false, "every enumerator has a name");
  return words_of_enum<Enum>[number].text;
}

// Returns false (and leaves `out` as it was) when there is no such word.
template <described_enum Enum>
constexpr bool parse_name(std::string_view name, Enum& out) {
  for (auto const& each : words_of_enum<Enum>) {
    if (each.text != name) continue;
    out = each.value;
    return true;
  }
  return false;
}

// "read, write, flush": all words, for a message.
template <described_enum Enum>
[[nodiscard]] std::string joined_words(std::string_view separator) {
  std::string all;
  for (auto const& each : words_of_enum<Enum>) {
    if (!all.empty()) all += separator;
    all += each.text;
  }
  return all;
}

}  // namespace wedgehog
