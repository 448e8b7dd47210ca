#include "loop/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

namespace wedgehog::loop {
namespace {

// Only async-signal-safe calls from here to exec.
struct prepared {
  std::vector<char*> argv;
  std::vector<char*> environment;
  char const* directory;
  int input;
  int output;
  int words;
  std::vector<int> const* inherited;
  std::string oom;
  bool dies_with_us;
  bool huge_pages;
  pid_t parent;
  int report;
};

[[noreturn]] void report_and_exit(int report, int stage) {
  int const message[2] = {stage, errno};
  [[maybe_unused]] auto ignored = ::write(report, message, sizeof message);
  ::_exit(127);
}

[[noreturn]] void become(prepared const& child) {
  ::setpgid(0, 0);
  if (child.dies_with_us) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != child.parent) ::_exit(127);
  }
  if (!child.huge_pages) ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number : {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(number, SIG_DFL);
  if (!child.oom.empty()) {
    int const file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file >= 0) {
      [[maybe_unused]] auto ignored = ::write(file, child.oom.data(), child.oom.size());
      ::close(file);
    }
  }
  int const null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 || ::dup2(child.input < 0 ? null : child.input, 0) < 0 ||
      ::dup2(child.output < 0 ? child.words : child.output, 1) < 0 || ::dup2(child.words, 2) < 0)
    report_and_exit(child.report, 0);
  // Asio's sockets have no CLOEXEC. A child that keeps another's listening socket open leaves its
  // clients waiting for ever once the owner has closed it.
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  for (int fd : *child.inherited) ::fcntl(fd, F_SETFD, 0);
  if (child.directory != nullptr && ::chdir(child.directory) != 0) report_and_exit(child.report, 1);
  ::execvpe(child.argv[0], child.argv.data(), child.environment.data());
  report_and_exit(child.report, 2);
}

std::vector<std::string> merged_environment(std::map<std::string, std::string> const& added) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view const text(*entry);
    if (!added.contains(std::string(text.substr(0, text.find('='))))) merged.emplace_back(text);
  }
  for (auto const& [name, value] : added) merged.push_back(name + "=" + value);
  return merged;
}

int open_words(process_options const& options) {
  if (options.output_file.empty()) return ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  return ::open(options.output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

}  // namespace

std::string describe(exit_status const& status) {
  if (status.signal == 0) return fmt::format("exit code {}", status.code);
  char const* name = ::sigabbrev_np(status.signal);
  return name != nullptr ? fmt::format("killed by SIG{}", name)
                         : fmt::format("killed by signal {}", status.signal);
}

process::process(asio::any_io_executor const& executor, pid_t pid, int pidfd)
    : pid_(pid), pidfd_(executor, pidfd) {}

process::process(process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      status_(other.status_) {}

process& process::operator=(process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(status_, other.status_);
  return *this;
}

process::~process() {
  if (pid_ <= 0 || status_) return;
  kill_group(SIGKILL);
  reap(true);
}

result<process> process::start(asio::any_io_executor const& executor,
                               process_options const& options) {
  if (options.argv.empty()) return host_error("starting a process without a program name");
  auto argv = options.argv;
  auto environment = merged_environment(options.environment);
  int const words = open_words(options);
  if (words < 0) return system_failure("opening " + options.output_file, errno);
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) {
    int const failure = errno;
    ::close(words);
    return system_failure("creating a pipe", failure);
  }
  prepared const child{
      pointers(argv),
      pointers(environment),
      options.directory.empty() ? nullptr : options.directory.c_str(),
      options.input,
      options.output,
      words,
      &options.inherited,
      options.oom_score_adjust == 0 ? std::string() : std::to_string(options.oom_score_adjust),
      options.dies_with_us,
      options.huge_pages,
      ::getpid(),
      report[1]};
  pid_t const pid = ::fork();
  if (pid == 0) become(child);
  int const fork_failure = errno;
  ::close(words);
  ::close(report[1]);
  if (pid < 0) {
    ::close(report[0]);
    return system_failure("starting " + options.argv[0], fork_failure);
  }
  int message[2] = {0, 0};
  ssize_t got = 0;
  do got = ::read(report[0], message, sizeof message);
  while (got < 0 && errno == EINTR);
  ::close(report[0]);
  if (got == static_cast<ssize_t>(sizeof message)) {
    ::waitpid(pid, nullptr, 0);
    std::string const tried =
        message[0] == 1 ? "entering directory " + options.directory : "starting " + options.argv[0];
    return system_failure(tried, message[1]);
  }
  int const pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) {
    int const failure = errno;
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return system_failure("pidfd_open", failure);
  }
  ::fcntl(pidfd, F_SETFD, FD_CLOEXEC);
  return process(executor, pid, pidfd);
}

void process::reap(bool block) {
  if (status_ || pid_ <= 0) return;
  int raw = 0;
  rusage usage{};
  pid_t got = 0;
  do got = ::wait4(pid_, &raw, block ? 0 : WNOHANG, &usage);
  while (got < 0 && errno == EINTR);
  if (got != pid_) return;
  exit_status ended;
  if (WIFEXITED(raw)) ended.code = WEXITSTATUS(raw);
  if (WIFSIGNALED(raw)) ended.signal = WTERMSIG(raw);
  auto const seconds = [](timeval const& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  ended.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  status_ = ended;
}

awaitable<exit_status> process::wait() {
  while (!status_) {
    co_await pidfd_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    reap(false);
  }
  co_return *status_;
}

std::optional<exit_status> process::poll() {
  reap(false);
  return status_;
}

bool process::signal(int number) {
  if (status_ || pid_ <= 0) return false;
  return ::syscall(SYS_pidfd_send_signal, pidfd_.native_handle(), number, nullptr, 0) == 0;
}

void process::kill_group(int number) {
  if (status_ || pid_ <= 0) return;
  ::kill(-pid_, number);
}

}  // namespace wedgehog::loop
