#include "medium/answer.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>

namespace wedgehog::medium {
namespace {

std::optional<std::uint64_t> number_at(std::string_view text) {
  std::uint64_t value = 0;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// RFC 9112: "HTTP/1.1 206 Partial Content"
int status_of(std::string_view line) {
  auto const space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  return static_cast<int>(number_at(line.substr(space + 1, 3)).value_or(0));
}

std::string lower(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return made;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

void take_field(std::string_view line, answer& into) {
  auto const colon = line.find(':');
  if (colon == std::string_view::npos) return;
  auto const name = lower(line.substr(0, colon));
  auto const value = trimmed(line.substr(colon + 1));
  // RFC 9110, 14.4: "bytes 100-199/200", or "*" for what nobody knows.
  if (name == "content-range") into.whole = number_at(value.substr(value.rfind('/') + 1));
  if (name == "content-length" && into.status == 200) into.whole = number_at(value);
}

}  // namespace

answer last_answer(std::string_view headers) {
  answer last;
  for (std::size_t at = 0;;) {
    auto const end = headers.find('\n', at);
    if (end == std::string_view::npos) return last;
    auto const line = headers.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("HTTP/"))
      last = {.status = status_of(line)};
    else
      take_field(line, last);
  }
}

}  // namespace wedgehog::medium
