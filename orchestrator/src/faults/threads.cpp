#include "faults/threads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace wedgehog::faults {

// proc(5), /proc/PID/stat: the name in parentheses may itself hold parentheses and blanks.
char state_in(std::string_view line) {
  auto const name_end = line.rfind(')');
  bool const whole = name_end != std::string_view::npos && name_end + 2 < line.size();
  return whole ? line[name_end + 2] : '?';
}

namespace {

char state_of(pid_t process, int thread) {
  std::ifstream file(fmt::format("/proc/{}/task/{}/stat", process, thread));
  std::string line;
  std::getline(file, line);
  return state_in(line);
}

}  // namespace

bool any_runs(pid_t process, std::vector<int> const& threads) {
  return std::any_of(threads.begin(), threads.end(),
                     [&](int thread) { return state_of(process, thread) == 'R'; });
}

bool all_in_state(pid_t process, std::vector<int> const& threads, char state) {
  return std::all_of(threads.begin(), threads.end(),
                     [&](int thread) { return state_of(process, thread) == state; });
}

}  // namespace wedgehog::faults
