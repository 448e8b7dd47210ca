// The ways in which the same kernel text reaches a reader, for the law that its name does not
// depend on them.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "console/text.hpp"
#include "console/transport.hpp"

namespace wedgehog::console::samples {

struct style {
  char const* name;
  std::function<std::string(std::string const& words, std::size_t line)> print;
};

inline std::string stamp(char const* format, std::size_t line) {
  char out[96];
  std::snprintf(out, sizeof out, format, static_cast<unsigned>(300 + line / 1000),
                static_cast<unsigned>(line % 1000));
  return out;
}

// A line in front of which always the same stands.
inline style before(char const* name, std::string prefix) {
  return {name, [prefix](std::string const& words, std::size_t) { return prefix + words; }};
}

// The first is dmesg's own form, against which the others are held.
inline std::vector<style> const& styles() {
  static std::vector<style> const all{
      {"dmesg", [](auto& words, auto n) { return stamp("[%5u.%03u000] ", n) + words; }},
      before("bare", ""),
      {"callers", [](auto& words, auto n) { return stamp("[%5u.%03u000][  T901] ", n) + words; }},
      {"levels", [](auto& words, auto n) { return stamp("<4>[%5u.%03u000] ", n) + words; }},
      before("journalctl", "Jun 05 12:00:01 node7 kernel: "),
      before("journalctl -o short-iso", "2025-06-05T12:00:01+0000 node7 kernel: "),
      before("journalctl -o short-precise", "Jun 05 12:00:01.123456 node7 kernel: "),
      before("journalctl -o short-full", "Thu 2025-06-05 12:00:01 UTC node7 kernel: "),
      before("journalctl -o short-unix", "1749124801.123456 node7 kernel: "),
      {"journalctl -o short-monotonic",
       [](auto& words, auto n) { return stamp("[%5u.%03u000] node7 kernel: ", n) + words; }},
      before("a journal of another language",
             "\xd0\xb8\xd1\x8e\xd0\xbd 05 12:00:01 node7 kernel: "),
      before("rsyslog", "2025-06-05T12:00:01.123456+00:00 node7 kernel: "),
      {"syslog that keeps the stamp",
       [](auto& words, auto n) {
         return stamp("Jun  5 12:00:01 node7 kernel: [%5u.%03u000] ", n) + words;
       }},
      before("RFC 5424", "<4>1 2025-06-05T12:00:01.123456+00:00 node7 kernel - - - "),
      before("dmesg -T", "[Thu Jun  5 12:00:01 2025] "),
      {"dmesg -e",
       [](auto& words, auto n) { return (n == 0 ? "[Jun 5 12:00] " : "[  +0.000004] ") + words; }},
      {"dmesg -d",
       [](auto& words, auto n) { return stamp("[%5u.%03u000 <    0.000004>] ", n) + words; }},
      {"dmesg -x",
       [](auto& words, auto n) { return stamp("kern  :err   : [%5u.%03u000] ", n) + words; }},
      before("dmesg --time-format iso", "2025-06-05T12:00:01,123456+00:00 "),
      {"/dev/kmsg", [](auto& words, auto n) { return stamp("4,901,%u%03u000,-;", n) + words; }},
      {"netconsole with callers",
       [](auto& words, auto n) { return stamp("4,901,%u%03u000,-,caller=T901;", n) + words; }},
      before("a container's log", "2025-06-05T12:00:01.123456789Z "),
      before("a mail's quote", "> "),
      before("a deep quote", ">>> "),
      before("grep in many files", "/var/log/kern.log:Jun  5 12:00:01 node7 kernel: "),
      before("a date in figures", "2025/06/05 12:00:01 node7 kernel: "),
      before("OpenWrt's log", "Thu Jun  5 12:00:01 2025 kern.warn kernel: "),
      before("Android's logcat", "06-05 12:00:01.123     0     0 W KERNEL  : "),
      {"a vendor's callers",
       [](auto& words, auto n) {
         return stamp("[%5u.%03u000]  [1:      frobd:  901] ", n) + words;
       }},
      {"carriage returns", [](auto& words, auto) { return words + "\r"; }},
      {"colours",
       [](auto& words, auto n) {
         return "\x1b[32m" + stamp("[%5u.%03u000]", n) + "\x1b[0m " + words;
       }},
  };
  return all;
}

// The text's lines without whatever its own transport put before them.
inline std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  transport prefixes;
  line_reader lines([&](text_line said) { out.emplace_back(prefixes.read(said.text).body); });
  lines.feed(text);
  lines.finish();
  return out;
}

inline std::string printed(std::vector<std::string> const& words, style const& in) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) out += in.print(words[i], i) + "\n";
  return out;
}

// What a console of `width` columns makes of a text.
inline std::string wrapped(std::string_view text, std::size_t width) {
  std::string out;
  while (!text.empty()) {
    std::size_t const end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    for (; line.size() > width; line.remove_prefix(width))
      out.append(line.substr(0, width)).push_back('\n');
    out.append(line).push_back('\n');
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace wedgehog::console::samples
