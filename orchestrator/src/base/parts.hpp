// A text cut at each occurrence of one character.
#pragma once

#include <string_view>
#include <vector>

namespace wedgehog {

// "a,,b" at ',' is "a", "" and "b"; a text without it is one part, also when it is empty. Views of
// `text`.
[[nodiscard]] inline std::vector<std::string_view> parts_of(std::string_view text, char between) {
  std::vector<std::string_view> parts;
  for (;;) {
    auto const end = text.find(between);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace wedgehog
