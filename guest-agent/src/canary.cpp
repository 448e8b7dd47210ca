#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "bodies.hpp"
#include "clock.hpp"
#include "os/os.hpp"

namespace wedgehog::guest {

namespace {

using phase = wire::canary_phase;

struct canary {
  canary_page& page;
  std::string binary;
  std::string file;

  void enter(phase next) { page.phase = static_cast<std::uint32_t>(next); }
  bool failed() {
    page.error_number = static_cast<std::uint32_t>(errno);
    page.failed_phase = page.phase.load();
    ++page.failed;
    return false;
  }

  bool copy_binary(std::string const& from) {
    enter(phase::preparing);
    int const source = open(from.c_str(), O_RDONLY | O_CLOEXEC);
    if (source < 0) return failed();
    unlink(binary.c_str());
    int const target = open(binary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    bool good = target >= 0;
    char bytes[65536];
    for (ssize_t count = 1; good && count > 0;) {
      count = read(source, bytes, sizeof bytes);
      good = count >= 0 && (count == 0 || print(target, {bytes, static_cast<std::size_t>(count)}));
    }
    if (good) good = fsync(target) == 0;
    if (!good) failed();
    close(source);
    if (target >= 0) close(target);
    return good;
  }

  bool execute() {
    enter(phase::execute);
    auto const pid = fork();
    if (pid < 0) return failed();
    if (pid == 0) {
      execl(binary.c_str(), binary.c_str(), "--canary", nullptr);
      _exit(126);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
      if (errno != EINTR) return failed();
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    errno = ENOEXEC;
    return failed();
  }

  bool use_files() {
    enter(phase::create);
    int const fd = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return failed();
    bool good = write_and_sync(fd);
    if (close(fd) != 0 && good) good = failed();
    if (!good) {
      unlink(file.c_str());
      return false;
    }
    enter(phase::unlink);
    return unlink(file.c_str()) == 0 || failed();
  }

  bool write_and_sync(int fd) {
    enter(phase::write);
    if (!print(fd, std::string(4096, 'w'))) return failed();
    enter(phase::fsync);
    return fsync(fd) == 0 || failed();
  }

  bool round() {
    auto const began = now_us();
    page.round_began_us = began;
    bool good = execute();
    auto const executed = now_us();
    good = good && use_files();
    if (good) {
      page.execute_us = executed - began;
      page.files_us = now_us() - executed;
      ++page.completed;
    }
    enter(phase::idle);
    page.round_began_us = 0;
    return good;
  }
};

}  // namespace

int run_canary(wire::start_canary const& wanted, canary_page& page) {
  auto const base =
      std::string(wanted.directory.view()) + "/.wedgehog-canary-" + std::to_string(getpid());
  canary bird{page, base + ".bin", base + ".file"};
  page.round_began_us = now_us();
  while (!bird.copy_binary(wanted.binary.empty() ? os::own_binary() : wanted.binary))
    sleep_us(1000000);
  auto const interval = (wanted.interval_ms == 0 ? 1000 : wanted.interval_ms) * 1000U;
  for (;;) {
    auto const began = now_us();
    bird.round();
    auto const took = now_us() - began;
    if (took < interval) sleep_us(interval - took);
  }
}

}  // namespace wedgehog::guest
