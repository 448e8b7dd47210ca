#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "bodies.hpp"
#include "held_program.hpp"
#include "os/os.hpp"

namespace wedgehog::guest {

namespace {

constexpr std::uint64_t default_size_limit = 1024 * 1024;

// "==> /proc/vmstat <==" and the content, or why there is none.
bool print_file(std::string const& path, std::uint64_t limit) {
  if (!print(STDOUT_FILENO, "==> " + on_one_row(path) + " <==\n")) return false;
  int const fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    complain("opening " + path);
    return true;
  }
  char bytes[16384];
  bool more = true;
  while (more && limit > 0) {
    auto const count = read(fd, bytes, std::min<std::uint64_t>(sizeof bytes, limit));
    if (count < 0) complain("reading " + path);
    more = count > 0;
    if (more && !print(STDOUT_FILENO, {bytes, static_cast<std::size_t>(count)})) return false;
    if (more) limit -= static_cast<std::uint64_t>(count);
  }
  if (more && read(fd, bytes, 1) > 0) print(STDOUT_FILENO, "\n[cut off here]");
  close(fd);
  return print(STDOUT_FILENO, "\n");
}

int print_matching(wire::collect const& wanted) {
  glob_t found{};
  int const outcome = glob(wanted.argument.c_str(), GLOB_MARK, nullptr, &found);
  if (outcome != 0) {
    print(STDERR_FILENO, "wedgehog-agent: nothing matches " + wanted.argument + "\n");
    return outcome == GLOB_NOMATCH ? 0 : 1;
  }
  auto const limit = wanted.size_limit == 0 ? default_size_limit : wanted.size_limit;
  for (std::size_t i = 0; i < found.gl_pathc; ++i) {
    std::string const path = found.gl_pathv[i];
    if (path.back() != '/' && !print_file(path, limit)) return 1;
  }
  return 0;
}

int run_command(std::string const& command) {
  execl("/bin/sh", "/bin/sh", "-c", command.c_str(), nullptr);
  return complain("executing /bin/sh");
}

int outcome_of(bool done, std::string const& why) {
  if (done) return 0;
  print(STDERR_FILENO, "wedgehog-agent: " + why + "\n");
  return 1;
}

}  // namespace

int run_collector(wire::collect const& wanted) {
  for (auto const& one : os::evidence_scripts()) {
    if (wanted.what != one.name) continue;
    auto const held = os::held_evidence(one.name);
    if (!held.question.empty() && ask_held_program(held.at, held.question, STDOUT_FILENO)) return 0;
    return run_command(one.script);
  }
  std::string why;
  if (wanted.what == "ps") {
    bool const done = os::write_tasks(STDOUT_FILENO, why);
    return outcome_of(done, why);
  }
  if (wanted.what == "dmesg") {
    bool const done = os::write_kernel_log(STDOUT_FILENO, why);
    return outcome_of(done, why);
  }
  if (wanted.what == "proc") {
    for (auto const& path : os::vital_files())
      if (!print_file(path, default_size_limit)) return 1;
    return 0;
  }
  if (wanted.what == "files") return print_matching(wanted);
  if (wanted.what == "command") return run_command(wanted.argument);
  return outcome_of(false, "this agent has no collector '" + wanted.what + "'");
}

}  // namespace wedgehog::guest
