#include "report/escape.hpp"

#include <cstdint>

namespace wedgehog::report {
namespace {

constexpr char32_t replacement = 0xfffd;

// Takes one code point off the front; U+FFFD for a byte that begins none.
char32_t take(std::string_view& text) {
  auto const lead = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  if (lead < 0x80) return lead;
  int const following = lead >= 0xc2 && lead < 0xe0   ? 1
                        : lead >= 0xe0 && lead < 0xf0 ? 2
                        : lead >= 0xf0 && lead < 0xf5 ? 3
                                                      : 0;
  if (following == 0) return replacement;
  char32_t point = lead & (0x3fU >> static_cast<unsigned>(following));
  if (text.size() < static_cast<std::size_t>(following)) return replacement;
  for (int i = 0; i < following; ++i) {
    auto const next = static_cast<unsigned char>(text[static_cast<std::size_t>(i)]);
    if ((next & 0xc0U) != 0x80U) return replacement;
    point = point << 6U | (next & 0x3fU);
  }
  bool const overlong = (following == 2 && point < 0x800) || (following == 3 && point < 0x10000);
  if (overlong || point > 0x10ffff) return replacement;
  text.remove_prefix(static_cast<std::size_t>(following));
  return point;
}

// XML 1.0, production 2 (Char), without the C1 controls that a terminal obeys.
bool allowed(char32_t point) {
  if (point < 0x20) return point == '\t' || point == '\n';
  bool const control = point >= 0x7f && point < 0xa0;
  bool const surrogate = point >= 0xd800 && point < 0xe000;
  return !control && !surrogate && point != 0xfffe && point != 0xffff;
}

// Characters that turn the direction of what follows could make a report say what it does not.
bool turns_direction(char32_t point) {
  return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

void put(std::string& out, char32_t point) {
  auto const byte = [&](char32_t value) { out += static_cast<char>(value); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xc0U | point >> 6U);
    byte(0x80U | (point & 0x3fU));
  } else if (point < 0x10000) {
    byte(0xe0U | point >> 12U);
    byte(0x80U | (point >> 6U & 0x3fU));
    byte(0x80U | (point & 0x3fU));
  } else {
    byte(0xf0U | point >> 18U);
    byte(0x80U | (point >> 12U & 0x3fU));
    byte(0x80U | (point >> 6U & 0x3fU));
    byte(0x80U | (point & 0x3fU));
  }
}

}  // namespace

std::string clean(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    auto const point = take(text);
    put(safe, allowed(point) && !turns_direction(point) ? point : replacement);
  }
  return safe;
}

std::string for_markup(std::string_view text) {
  std::string safe;
  for (char c : clean(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string for_terminal(std::string_view text) {
  std::string visible;
  for (char c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      visible += '^';
      visible += static_cast<char>(byte ^ 0x40U);
    } else {
      visible += c;
    }
  }
  return clean(visible);
}

}  // namespace wedgehog::report
