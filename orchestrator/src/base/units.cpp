#include "base/units.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

namespace wedgehog {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t amount;
};

constexpr std::array duration_units{unit{"d", 86'400'000'000}, unit{"h", 3'600'000'000},
                                    unit{"m", 60'000'000},     unit{"s", 1'000'000},
                                    unit{"ms", 1'000},         unit{"us", 1}};

constexpr std::array size_units{
    unit{"TiB", 1ULL << 40U}, unit{"GiB", 1ULL << 30U}, unit{"MiB", 1ULL << 20U},
    unit{"KiB", 1ULL << 10U}, unit{"T", 1ULL << 40U},   unit{"G", 1ULL << 30U},
    unit{"M", 1ULL << 20U},   unit{"K", 1ULL << 10U},   unit{"B", 1}};

struct piece {
  double number;
  std::string_view unit_name;
};

// Takes "12.5ms" off the front of `text`; nothing when it does not start with a number.
bool take_piece(std::string_view& text, piece& out) {
  std::size_t digits = 0;
  while (digits < text.size() &&
         (std::isdigit(static_cast<unsigned char>(text[digits])) || text[digits] == '.'))
    ++digits;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + digits, out.number);
  if (failure != std::errc{} || end != text.data() + digits || digits == 0) return false;
  std::size_t letters = digits;
  while (letters < text.size() && std::isalpha(static_cast<unsigned char>(text[letters])))
    ++letters;
  out.unit_name = text.substr(digits, letters - digits);
  text.remove_prefix(letters);
  return true;
}

template <std::size_t N>
unit const* find_unit(std::array<unit, N> const& units, std::string_view name) {
  for (auto const& candidate : units)
    if (candidate.name == name) return &candidate;
  return nullptr;
}

}  // namespace

result<microseconds> parse_duration(std::string_view text) {
  auto const refuse = [&](std::string_view why) {
    return recipe_error(fmt::format(
        "'{}' is not a duration: {}; write it like 500ms, 30s, 5m, 2h or 1m30s", text, why));
  };
  std::string_view rest = text;
  double total = 0;
  if (rest.empty()) return refuse("it is empty");
  while (!rest.empty()) {
    piece part{};
    if (!take_piece(rest, part)) return refuse("a number was expected");
    if (part.unit_name.empty()) return refuse("the unit is missing");
    unit const* found = find_unit(duration_units, part.unit_name);
    if (found == nullptr) return refuse(fmt::format("'{}' is not a unit", part.unit_name));
    total += part.number * static_cast<double>(found->amount);
  }
  if (total > 1e6 * 3600 * 24 * 3650) return refuse("it is longer than ten years");
  return microseconds(std::llround(total));
}

std::string print_duration(microseconds duration) {
  auto left = static_cast<std::uint64_t>(duration.count() < 0 ? 0 : duration.count());
  if (left == 0) return "0s";
  std::string text;
  for (auto const& candidate : duration_units) {
    if (candidate.name == "d") continue;
    if (left >= candidate.amount) {
      text += fmt::format("{}{}", left / candidate.amount, candidate.name);
      left %= candidate.amount;
    }
  }
  return text;
}

std::string describe_duration(microseconds duration) {
  double const seconds = in_seconds(duration);
  if (seconds < 0.001) return fmt::format("{} us", duration.count());
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  auto const whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} m {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} m", whole / 3600, whole % 3600 / 60);
}

result<std::uint64_t> parse_size(std::string_view text) {
  auto const refuse = [&](std::string_view why) {
    return recipe_error(
        fmt::format("'{}' is not a size: {}; write it like 4KiB, 64MiB or 2GiB", text, why));
  };
  std::string_view rest = text;
  piece part{};
  if (!take_piece(rest, part)) return refuse("a number was expected");
  if (!rest.empty()) return refuse(fmt::format("'{}' follows it", rest));
  unit const* found =
      part.unit_name.empty() ? &size_units.back() : find_unit(size_units, part.unit_name);
  if (found == nullptr) return refuse(fmt::format("'{}' is not a unit", part.unit_name));
  double const bytes = part.number * static_cast<double>(found->amount);
  if (bytes > 0x1p62) return refuse("it is too large");
  if (bytes != std::floor(bytes)) return refuse("it is not a whole number of bytes");
  return static_cast<std::uint64_t>(bytes);
}

std::string describe_size(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto amount = static_cast<double>(bytes);
  std::string_view unit;
  for (auto const* next : {"KiB", "MiB", "GiB", "TiB"}) {
    if (amount < 1023.95) break;
    amount /= 1024;
    unit = next;
  }
  return fmt::format("{:.1f} {}", amount, unit);
}

std::string print_size(std::uint64_t bytes) {
  if (bytes == 0) return "0";
  for (auto const& candidate : size_units)
    if (candidate.name.size() == 3 && bytes % candidate.amount == 0)
      return fmt::format("{}{}", bytes / candidate.amount, candidate.name);
  return fmt::format("{}", bytes);
}

}  // namespace wedgehog
