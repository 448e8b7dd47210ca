#include "report/columns.hpp"

#include <algorithm>
#include <iterator>

namespace wedgehog::report {
namespace {

struct range {
  char32_t first, last;
};
// Unicode 15, EastAsianWidth.txt (W, F) and DerivedGeneralCategory.txt (Mn, Cf), in the large.
constexpr range wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},  {0x3041, 0xa4cf}, {0xac00, 0xd7a3},
                          {0xf900, 0xfaff},   {0xfe30, 0xfe6f},  {0xff00, 0xff60}, {0xffe0, 0xffe6},
                          {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};
constexpr range combining[] = {{0x0300, 0x036f}, {0x1ab0, 0x1aff}, {0x200b, 0x200f},
                               {0x202a, 0x202e}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}};

struct character {
  char32_t code = 0;
  std::size_t bytes = 1;
};

// Of valid UTF-8.
character first_of(std::string_view text) {
  auto const lead = static_cast<unsigned char>(text.front());
  std::size_t const bytes = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (bytes == 1 || bytes > text.size()) return {lead, 1};
  char32_t code = lead & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i)
    code = code << 6U | (static_cast<unsigned char>(text[i]) & 0x3fU);
  return {code, bytes};
}

std::size_t width_of(char32_t code) {
  auto const in = [code](range const& one) { return code >= one.first && code <= one.last; };
  if (std::any_of(std::begin(combining), std::end(combining), in)) return 0;
  return std::any_of(std::begin(wide), std::end(wide), in) ? 2 : 1;
}

}  // namespace

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    auto const one = first_of(text);
    width += width_of(one.code);
    text.remove_prefix(one.bytes);
  }
  return width;
}

std::string cut_to(std::string_view text, std::size_t columns) {
  if (width_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t width = 0;
  std::size_t kept = 0;
  while (kept < text.size()) {
    auto const one = first_of(text.substr(kept));
    if (width + width_of(one.code) > columns - 1) break;
    width += width_of(one.code);
    kept += one.bytes;
  }
  return std::string(text.substr(0, kept)) + '~';
}

std::string straightened(std::vector<std::vector<std::string>> const& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (auto const& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  std::string text;
  for (auto const& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    text += line + '\n';
  }
  return text;
}

}  // namespace wedgehog::report
