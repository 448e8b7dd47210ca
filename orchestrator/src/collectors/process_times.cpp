#include "collectors/process_times.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <fstream>

namespace wedgehog::collectors {
namespace {

std::string first_line(std::string const& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

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
  return parse_stat(first_line(fmt::format("/proc/{}/task/{}/stat", process, thread)), ticks);
}

std::optional<double> host_cpu_pressure() {
  std::string const line = first_line("/proc/pressure/cpu");
  auto const at = line.find("avg10=");
  if (at == std::string::npos) return std::nullopt;
  return std::strtod(line.c_str() + at + 6, nullptr) / 100;
}

double host_load() {
  return std::strtod(first_line("/proc/loadavg").c_str(), nullptr);
}

}  // namespace wedgehog::collectors
