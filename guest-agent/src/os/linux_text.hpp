// Reading the small text files of /proc and picking numbers out of them.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

namespace wedgehog::guest::os {

// The whole file, at most `limit` bytes; empty when it cannot be read.
inline std::string read_text(std::string const& path, std::size_t limit = 256 * 1024) {
  std::string text;
  int const fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char bytes[4096];
  while (text.size() < limit) {
    auto const count = read(fd, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(bytes, static_cast<std::size_t>(count));
  }
  close(fd);
  return text;
}

// Takes the first line off `text`.
inline std::string_view take_line(std::string_view& text) {
  auto const end = text.find('\n');
  auto const line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// Takes the first word (blanks and colons part words) off `text`.
inline std::string_view take_word(std::string_view& text) {
  auto const start = text.find_first_not_of(" \t:");
  if (start == std::string_view::npos) return text = {};
  text.remove_prefix(start);
  auto const word = text.substr(0, text.find_first_of(" \t:"));
  text.remove_prefix(word.size());
  return word;
}

// The leading digits as a number.
inline std::uint64_t to_number(std::string_view word) {
  std::uint64_t value = 0;
  for (char c : word) {
    if (c < '0' || c > '9') break;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

inline std::uint64_t take_number(std::string_view& text) {
  return to_number(take_word(text));
}

}  // namespace wedgehog::guest::os
