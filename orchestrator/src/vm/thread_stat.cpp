#include "vm/thread_stat.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <string>

namespace wedgehog::vm {

std::optional<thread_stat> parse_stat(std::string_view text, double ticks_per_second) {
  auto const name_end = text.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= text.size()) return std::nullopt;
  std::string_view rest = text.substr(name_end + 2);
  thread_stat stat;
  stat.state = rest[0];
  // Behind the state: ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime stime.
  double ticks = 0;
  for (int field = 0; field <= 12; ++field) {
    auto const blank = rest.find(' ');
    std::string_view const word = rest.substr(0, blank);
    if (field == 11 || field == 12) {
      unsigned long long value = 0;
      if (std::from_chars(word.data(), word.data() + word.size(), value).ec != std::errc{})
        return std::nullopt;
      ticks += static_cast<double>(value);
    }
    if (blank == std::string_view::npos) {
      if (field < 12) return std::nullopt;
      break;
    }
    rest.remove_prefix(blank + 1);
  }
  stat.cpu_s = ticks / ticks_per_second;
  return stat;
}

std::optional<double> parse_waited(std::string_view text) {
  unsigned long long ran_ns = 0;
  unsigned long long waited_ns = 0;
  auto const* const end = text.data() + text.size();
  auto const first = std::from_chars(text.data(), end, ran_ns);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != ' ') return std::nullopt;
  if (std::from_chars(first.ptr + 1, end, waited_ns).ec != std::errc{}) return std::nullopt;
  return static_cast<double>(waited_ns) / 1e9;
}

std::optional<thread_stat> read_stat(pid_t process, pid_t thread) {
  static auto const ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  auto const first_line = [&](char const* name) {
    std::ifstream file(fmt::format("/proc/{}/task/{}/{}", process, thread, name));
    std::string line;
    std::getline(file, line);
    return line;
  };
  auto stat = parse_stat(first_line("stat"), ticks);
  if (stat) stat->waited_s = parse_waited(first_line("schedstat"));
  return stat;
}

}  // namespace wedgehog::vm
