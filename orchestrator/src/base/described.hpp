// Described structs (Boost.Describe) to JSON objects and back, in one place: members that hold
// their default are left out, unknown members are ignored, missing ones keep their default. So old
// files stay readable as structs grow. Durations are whole microseconds, enums their words.
#pragma once

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/enum_words.hpp"

namespace wedgehog {

namespace json = boost::json;

template <class T>
concept described = boost::describe::has_describe_members<T>::value;

template <class T>
json::value to_json(T const& value);

namespace detail {
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_map : std::false_type {};
template <class T>
struct is_map<std::map<std::string, T>> : std::true_type {};
}  // namespace detail

// The text under a key; "" when there is none or it is of another type.
inline std::string text_at(json::object const& object, std::string_view key) {
  auto const* const found = object.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

// Returns false (and leaves `out` as it was) when the JSON value is of another type.
template <class T>
bool from_json(json::value const& value, T& out);

template <described T>
json::object to_object(T const& value) {
  [[maybe_unused]] static T const blank{};  // unused when there are no members
  json::object object;
  boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>(
      [&](auto member) {
        if (!(value.*member.pointer == blank.*member.pointer))
          object[member.name] = to_json(value.*member.pointer);
      });
  return object;
}

template <described T>
void from_object(json::object const& object, T& out) {
  boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>(
      [&](auto member) {
        if (auto const* found = object.if_contains(member.name))
          from_json(*found, out.*member.pointer);
      });
}

template <class T>
json::value to_json(T const& value) {
  if constexpr (described<T>) {
    return to_object(value);
  } else if constexpr (detail::is_vector<T>::value) {
    json::array array;
    for (auto const& item : value) array.push_back(to_json(item));
    return array;
  } else if constexpr (detail::is_map<T>::value) {
    json::object object;
    for (auto const& [key, item] : value) object[key] = to_json(item);
    return object;
  } else if constexpr (detail::is_optional<T>::value) {
    return value ? to_json(*value) : json::value(nullptr);
  } else if constexpr (std::is_enum_v<T>) {
    return json::string(name_of(value));
  } else if constexpr (std::same_as<T, std::string>) {
    return json::string(value);
  } else if constexpr (std::same_as<T, std::chrono::microseconds>) {
    return json::value(value.count());
  } else {
    return json::value(value);
  }
}

template <class T>
bool from_json(json::value const& value, T& out) {
  if constexpr (described<T>) {
    if (!value.is_object()) return false;
    from_object(value.get_object(), out);
  } else if constexpr (detail::is_vector<T>::value) {
    if (!value.is_array()) return false;
    out.clear();
    for (auto const& item : value.get_array()) {
      typename T::value_type parsed{};
      if (from_json(item, parsed)) out.push_back(std::move(parsed));
    }
  } else if constexpr (detail::is_map<T>::value) {
    if (!value.is_object()) return false;
    out.clear();
    for (auto const& [key, item] : value.get_object()) {
      typename T::mapped_type parsed{};
      if (from_json(item, parsed)) out.emplace(std::string(key), std::move(parsed));
    }
  } else if constexpr (detail::is_optional<T>::value) {
    typename T::value_type parsed{};
    if (!from_json(value, parsed)) return false;
    out = std::move(parsed);
  } else if constexpr (std::is_enum_v<T>) {
    if (!value.is_string()) return false;
    return parse_name(std::string_view(value.get_string()), out);
  } else if constexpr (std::same_as<T, bool>) {
    if (!value.is_bool()) return false;
    out = value.get_bool();
  } else if constexpr (std::same_as<T, std::string>) {
    if (!value.is_string()) return false;
    out = std::string(value.get_string());
  } else if constexpr (std::same_as<T, std::chrono::microseconds>) {
    std::int64_t count = 0;
    if (!from_json(value, count)) return false;
    out = T(count);
  } else if constexpr (std::floating_point<T>) {
    if (!value.is_number()) return false;
    out = value.to_number<T>();
  } else {
    static_assert(std::integral<T>);
    if (value.is_double() && value.get_double() != std::floor(value.get_double())) return false;
    boost::system::error_code failure;
    T const number = value.to_number<T>(failure);
    if (failure) return false;
    out = number;
  }
  return true;
}

}  // namespace wedgehog
