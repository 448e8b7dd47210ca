#include "recipe/complaint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

namespace wedgehog::recipe {

complaint complaint_at(position const& where, std::string message) {
  return {.line = where.line,
          .column = where.column,
          .message = std::move(message),
          .file = where.file == nullptr ? std::string() : *where.file};
}

std::string print(complaint const& what, std::string_view file_name) {
  constexpr std::size_t most_allowed = 60;
  std::string text =
      fmt::format("{}:{}:{}: {}", what.file.empty() ? file_name : std::string_view(what.file),
                  what.line, what.column, what.message);
  if (!what.nearest.empty()) text += fmt::format("; did you mean '{}'?", what.nearest);
  text += '\n';
  if (what.allowed.empty()) return text;
  std::span const all(what.allowed);
  text += fmt::format("    allowed: {}",
                      fmt::join(all.first(std::min(all.size(), most_allowed)), ", "));
  if (all.size() > most_allowed) text += fmt::format(" and {} more", all.size() - most_allowed);
  return text + '\n';
}

std::string print(std::span<complaint const> what, std::string_view file_name) {
  std::string text;
  for (auto const& each : what) text += print(each, file_name);
  return text;
}

std::size_t edit_distance(std::string_view left, std::string_view right) {
  // Three rows of the usual table; the third is for swapped neighbours.
  std::vector<std::size_t> before(right.size() + 1);
  std::vector<std::size_t> above(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(above.begin(), above.end(), 0U);
  for (std::size_t i = 1; i <= left.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      std::size_t const replaced = above[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[right.size()];
}

std::string nearest_word(std::string_view word, std::span<std::string const> candidates) {
  if (word.empty() || word.size() > 60) return {};
  // `no-progress`, `NoProgress` and `no_progress` are one word to the person who wrote it.
  auto const plain = [](std::string_view text) {
    std::string out;
    for (char const c : text)
      if (std::isalnum(static_cast<unsigned char>(c)) != 0)
        out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
  };
  std::string const wanted = plain(word);
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  for (auto const& candidate : candidates) {
    auto const distance = edit_distance(wanted, plain(candidate));
    if (distance < best_distance && candidate != word) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string out;
  for (char const c : text) {
    if (out.size() >= longest) break;
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  if (text.size() <= longest) return out;
  // Not in the middle of a character of UTF-8: its first byte is none of 10xxxxxx.
  while (!out.empty() && (static_cast<unsigned char>(text[out.size()]) & 0xc0U) == 0x80)
    out.pop_back();
  return out + "…";
}

}  // namespace wedgehog::recipe
