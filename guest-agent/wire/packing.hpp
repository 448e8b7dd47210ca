// Text made shorter for a slow line: a piece at a time, each by itself, so that a lost piece costs
// no other. The form is our own: a byte below 128 says how many bytes follow as they are (one
// more), one above says how long a repetition is, and two bytes how far back it begins.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace wedgehog::wire {

// Of a piece before it is packed.
inline constexpr std::size_t packing_limit = 64 * 1024;

namespace detail {

inline constexpr std::size_t shortest_repetition = 4;
inline constexpr std::size_t longest_repetition = shortest_repetition + 127;
inline constexpr std::size_t longest_literal = 128;

inline std::size_t place_of_four(char const* bytes) {
  std::uint32_t four = 0;
  std::memcpy(&four, bytes, sizeof four);
  return (four * 2654435761U) >> 20U;
}

inline void put_literal(std::string_view bytes, std::string& into) {
  while (!bytes.empty()) {
    auto const part = bytes.substr(0, longest_literal);
    into += static_cast<char>(part.size() - 1);
    into += part;
    bytes.remove_prefix(part.size());
  }
}

inline std::size_t common_length(std::string_view text, std::size_t a, std::size_t b) {
  std::size_t length = 0;
  while (b + length < text.size() && length < longest_repetition &&
         text[a + length] == text[b + length])
    ++length;
  return length;
}

}  // namespace detail

// At most packing_limit bytes. May be longer than what it is made of, by one part in 128.
inline std::string packed(std::string_view text) {
  using namespace detail;
  constexpr std::size_t nowhere = ~std::size_t{0};
  std::size_t last_seen[4096];
  std::fill(std::begin(last_seen), std::end(last_seen), nowhere);
  std::string into;
  std::size_t kept = 0;  // up to here everything is in `into`
  std::size_t at = 0;
  while (at + shortest_repetition <= text.size()) {
    auto& seen = last_seen[place_of_four(text.data() + at)];
    auto const length = seen == nowhere ? 0 : common_length(text, seen, at);
    auto const back = at - seen;
    seen = at;
    if (length < shortest_repetition || back > 65535) {
      ++at;
      continue;
    }
    put_literal(text.substr(kept, at - kept), into);
    into += static_cast<char>(128 + (length - shortest_repetition));
    into += static_cast<char>(back & 255U);
    into += static_cast<char>(back >> 8U);
    at += length;
    kept = at;
  }
  put_literal(text.substr(kept), into);
  return into;
}

// False when it is no packed text of exactly `size` bytes; `text` then holds nothing of use.
inline bool unpack(std::string_view from, std::size_t size, std::string& text) {
  text.clear();
  if (size > packing_limit) return false;
  text.reserve(size);
  while (!from.empty()) {
    auto const head = static_cast<unsigned char>(from[0]);
    from.remove_prefix(1);
    if (head < 128) {
      auto const length = static_cast<std::size_t>(head) + 1;
      if (length > from.size() || length > size - text.size()) return false;
      text += from.substr(0, length);
      from.remove_prefix(length);
      continue;
    }
    if (from.size() < 2) return false;
    auto const length = static_cast<std::size_t>(head - 128) + detail::shortest_repetition;
    auto const back = static_cast<std::size_t>(static_cast<unsigned char>(from[0])) |
                      static_cast<std::size_t>(static_cast<unsigned char>(from[1])) << 8U;
    from.remove_prefix(2);
    if (back == 0 || back > text.size() || length > size - text.size()) return false;
    for (std::size_t i = 0; i < length; ++i) text += text[text.size() - back];
  }
  return text.size() == size;
}

}  // namespace wedgehog::wire
