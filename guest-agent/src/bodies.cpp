#include "bodies.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "clock.hpp"
#include "os/os.hpp"

namespace wedgehog::guest {

int run_write_file(wire::write_file const& wanted) {
  auto const mode = static_cast<mode_t>(wanted.mode == 0 ? 0644 : wanted.mode & 07777U);
  int const fd = open(wanted.path.c_str(),
                      O_WRONLY | O_CREAT | O_CLOEXEC | (wanted.append ? O_APPEND : O_TRUNC), mode);
  if (fd < 0) return complain("opening " + wanted.path);
  if (!print(fd, wanted.content)) return complain("writing " + wanted.path);
  if (wanted.mode != 0 && fchmod(fd, mode) != 0)
    return complain("setting the mode of " + wanted.path);
  if (close(fd) != 0) return complain("closing " + wanted.path);
  return 0;
}

int run_power(wire::power const& wanted) {
  if (wanted.sync) sync();
  if (wanted.action == wire::power_action::reboot) {
    os::reboot();
    return complain("rebooting");
  }
  os::power_off();
  return complain("powering off");
}

int run_sysrq(wire::sysrq const& wanted) {
  std::string why;
  if (os::press_sysrq(static_cast<char>(wanted.key), why)) return 0;
  print(STDERR_FILENO, "wedgehog-agent: " + why + "\n");
  return 1;
}

// The clock may go on by itself between setting and looking.
constexpr std::int64_t clock_tolerance_us = 2000000;

int run_step_clock(wire::step_clock const& wanted) {
  auto const read = [] {
    timespec t{};
    clock_gettime(CLOCK_REALTIME, &t);
    return static_cast<std::int64_t>(t.tv_sec) * 1000000 + t.tv_nsec / 1000;
  };
  auto const before = read();
  auto const by = static_cast<std::int64_t>(wanted.by_us);
  auto const target = wanted.back ? before - by : before + by;
  timespec const to{static_cast<time_t>(target / 1000000),
                    static_cast<long>(target % 1000000) * 1000};
  if (target < 0 || clock_settime(CLOCK_REALTIME, &to) != 0) return complain("setting the clock");
  auto const after = read();
  print(STDOUT_FILENO, "from " + std::to_string(before / 1000000) + " to " +
                           std::to_string(after / 1000000) + "\n");
  if (after >= target && after - target <= clock_tolerance_us) return 0;
  print(STDERR_FILENO, "wedgehog-agent: the clock does not show what it was set to\n");
  return 1;
}

int run_become_another(wire::become_another const& wanted) {
  // The random numbers first: whoever asks for some meanwhile gets those of all other copies.
  std::string why;
  std::vector<std::string> left;
  if (!os::become_another(wanted, left, why)) {
    print(STDERR_FILENO, "wedgehog-agent: " + why + "\n");
    return 1;
  }
  timespec const now{static_cast<time_t>(wanted.unix_us / 1000000),
                     static_cast<long>(wanted.unix_us % 1000000) * 1000};
  if (clock_settime(CLOCK_REALTIME, &now) != 0) return complain("setting the clock");
  for (auto const& one : left) print(STDOUT_FILENO, one + "\n");
  return 0;
}

}  // namespace wedgehog::guest
