#include "base/duration_list.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wedgehog {
namespace {

// What is left of a line without its comment and the blanks around it.
std::string_view said_in(std::string_view line) {
  constexpr std::string_view blanks = " \t\r\v\f";
  line = line.substr(0, line.find('#'));
  auto const begin = line.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(blanks) - begin + 1);
}

// For a message: foreign bytes neither flood it nor move the cursor.
std::string quotable(std::string_view text) {
  constexpr std::size_t most = 40;
  std::string shown(text.substr(0, most));
  std::replace_if(
      shown.begin(), shown.end(), [](unsigned char c) { return c < ' ' || c >= 0x7f; }, '?');
  return text.size() > most ? shown + "…" : shown;
}

}  // namespace

result<std::vector<microseconds>> read_duration_list(std::string_view text, std::string_view file,
                                                     microseconds most) {
  if (text.size() > longest_duration_list)
    return recipe_error(
        fmt::format("{} is longer than {}; keep fewer delays: they are used again "
                    "from the first",
                    file, print_size(longest_duration_list)));
  std::vector<microseconds> list;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto const end = std::min(text.find('\n'), text.size());
    auto const said = said_in(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (said.empty()) continue;
    auto const refuse = [&](std::string_view why) {
      return recipe_error(fmt::format("{}:{}: {}", file, number, why));
    };
    if (said.find_first_of(" \t,;") != std::string_view::npos)
      return refuse(
          fmt::format("'{}' is more than one word; write one duration per line, like "
                      "12ms, and comments behind a #",
                      quotable(said)));
    auto const read = parse_duration(quotable(said));
    if (!read) return refuse(read.error().what());
    if (*read > most)
      return refuse(fmt::format("{} is too long; a delay is at most {}", quotable(said),
                                print_duration(most)));
    if (list.size() == most_durations_listed)
      return refuse(
          fmt::format("this is delay number {}, and {} may be listed; keep fewer: they "
                      "are used again from the first",
                      list.size() + 1, most_durations_listed));
    list.push_back(*read);
  }
  if (list.empty())
    return recipe_error(
        fmt::format("{} lists no delay; write one duration per line, like 12ms", file));
  return list;
}

}  // namespace wedgehog
