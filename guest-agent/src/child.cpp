#include "child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "os/os.hpp"

namespace wedgehog::guest {

namespace {

// Of a stream's limit: for what a flood leaves of the stream's end.
constexpr std::uint64_t tail_share = 4;
constexpr std::uint64_t longest_tail = 16 * 1024;
// A workload that floods for a night fills 30 MB with this.
constexpr std::uint64_t trickle_per_second = 1024;

struct pipe_ends {
  int read = -1;
  int write = -1;
};

bool make_pipe(pipe_ends& ends) {
  int fds[2];
  if (pipe(fds) != 0) return false;
  ends = {fds[0], fds[1]};
  for (int fd : fds) fcntl(fd, F_SETFD, FD_CLOEXEC);
  return true;
}

void complain(std::string const& what) {
  std::string const line = "wedgehog-agent: " + what + ": " + std::strerror(errno) + "\n";
  if (write(STDERR_FILENO, line.data(), line.size()) < 0) _exit(125);
}

// In the child: standard streams in place, everything else closed, signals as a shell expects them.
void settle(int output, int error, bool protect) {
  setpgid(0, 0);
  dup2(output, STDOUT_FILENO);
  dup2(error, STDERR_FILENO);
  int const null = open("/dev/null", O_RDONLY);
  if (null > 0) dup2(null, STDIN_FILENO);
  for (int fd = 3; fd < 1024; ++fd) close(fd);
  for (int number : {SIGCHLD, SIGPIPE, SIGHUP, SIGTERM, SIGINT}) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  os::become_ordinary(protect);
}

int fork_with_pipes(spawned& child, bool protect, std::function<void()> const& in_child) {
  pipe_ends output;
  pipe_ends error;
  int failure = 0;
  if (!make_pipe(output) || !make_pipe(error)) failure = errno;
  if (failure == 0) {
    child.pid = fork();
    if (child.pid < 0) failure = errno;
    if (child.pid == 0) {
      settle(output.write, error.write, protect);
      in_child();
      _exit(125);
    }
  }
  close(output.write);
  close(error.write);
  if (failure != 0) {
    close(output.read);
    close(error.read);
    return failure;
  }
  setpgid(child.pid, child.pid);  // here too: a kill may come before the child gets to run
  child.output = output.read;
  child.error = error.read;
  for (int fd : {child.output, child.error}) fcntl(fd, F_SETFL, O_NONBLOCK);
  return 0;
}

void execute(program const& what) {
  for (auto const& setting : what.environment) putenv(const_cast<char*>(setting.c_str()));
  auto const& directory = what.directory.empty() ? "/" : what.directory;
  if (chdir(directory.c_str()) != 0) {
    complain("entering " + directory);
    _exit(126);
  }
  auto const& interpreter = what.interpreter.empty() ? "/bin/sh" : what.interpreter;
  execl(interpreter.c_str(), interpreter.c_str(), "-c", what.script.c_str(), nullptr);
  complain("executing " + interpreter);
  _exit(127);
}

}  // namespace

int spawn(program const& what, spawned& child) {
  return fork_with_pipes(child, false, [&what] { execute(what); });
}

int spawn(std::function<int()> const& body, bool protect, spawned& child) {
  return fork_with_pipes(child, protect, [&body] { _exit(body()); });
}

stream_limit::stream_limit(std::uint64_t bytes)
    : head_(bytes - std::min(bytes / tail_share, longest_tail), trickle_per_second),
      tail_(static_cast<std::size_t>(std::min(bytes / tail_share, longest_tail))) {}

std::size_t stream_limit::may_send(std::uint64_t now_us) {
  auto const left = head_.left(now_us);
  return tail_.empty() ? static_cast<std::size_t>(left) : 0;
}

bool stream_limit::due(std::uint64_t now_us) {
  return !tail_.empty() && head_.left(now_us) >= tail_.size();
}

void line_counter::feed(char const* bytes, std::size_t count) {
  static constexpr std::string_view word = "error";
  for (std::size_t i = 0; i < count; ++i) {
    if (bytes[i] == '\n') {
      ++lines_;
      matched_ = 0;
    } else if (matched_ != differs) {
      bool const same = std::tolower(static_cast<unsigned char>(bytes[i])) == word[matched_];
      matched_ = same ? matched_ + 1 : differs;
      if (matched_ == word.size()) {
        ++errors_;
        matched_ = differs;
      }
    }
  }
}

}  // namespace wedgehog::guest
