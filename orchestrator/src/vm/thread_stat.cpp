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

std::optional<thread_stat> read_stat(pid_t process, pid_t thread) {
  static auto const ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::ifstream file(fmt::format("/proc/{}/task/{}/stat", process, thread));
  std::string line;
  std::getline(file, line);
  return parse_stat(line, ticks);
}

}  // namespace wedgehog::vm
