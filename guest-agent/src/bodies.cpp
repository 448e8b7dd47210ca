#include "bodies.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "clock.hpp"
#include "os/os.hpp"

namespace wedgehog::guest {

bool print(int to, std::string_view text) {
  while (!text.empty()) {
    auto const count = write(to, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

int complain(std::string const& what) {
  print(STDERR_FILENO, "wedgehog-agent: " + what + ": " + std::strerror(errno) + "\n");
  return 1;
}

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

int run_hog(wire::start_hog const& wanted) {
  constexpr std::size_t mebibyte = 1024 * 1024;
  auto const began = now_us();
  for (std::uint64_t i = 0; i < wanted.mebibytes; ++i) {
    void* const memory =
        mmap(nullptr, mebibyte, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (memory == MAP_FAILED) return complain("taking MiB number " + std::to_string(i));
    // Different content in every page, or page merging and compressed swap would undo the hog.
    auto* const words = static_cast<std::uint64_t*>(memory);
    std::uint64_t value = i + 1;
    for (std::size_t word = 0; word < mebibyte / sizeof *words; ++word) {
      value ^= value << 13U;
      value ^= value >> 7U;
      value ^= value << 17U;
      words[word] = value;
    }
    if (wanted.lock && mlock(memory, mebibyte) != 0)
      return complain("locking MiB number " + std::to_string(i));
    auto const due = began + wanted.ramp_ms * 1000U * (i + 1) / wanted.mebibytes;
    if (now_us() < due) sleep_us(due - now_us());
  }
  print(STDOUT_FILENO, "holding " + std::to_string(wanted.mebibytes) + " MiB\n");
  for (;;) sleep_us(1000000000);
}

}  // namespace wedgehog::guest
