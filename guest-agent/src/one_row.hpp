// Names that somebody in the guest chose, for reports with a row for each.
#pragma once

#include <string>
#include <string_view>

namespace wedgehog::guest {

// A name as one word of one row: blanks stay, control bytes, backslashes and bytes over 126 become
// "\\x0a". A task or a file can be called anything.
inline std::string on_one_row(std::string_view name) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string row;
  for (char const c : name) {
    auto const byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\')
      row += c;
    else
      row += {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
  }
  return row;
}

}  // namespace wedgehog::guest
