#include "base/blank_words.hpp"

#include <algorithm>

namespace wedgehog {

std::vector<std::string_view> blank_words(std::string_view line, std::size_t most) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; words.size() < most;) {
    at = line.find_first_not_of(" \t", at);
    if (at == std::string_view::npos) break;
    auto const end = std::min(line.find_first_of(" \t", at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

}  // namespace wedgehog
