// A child process that cannot outlive its orchestrator: own process group, parent-death signal, a
// pidfd to wait on and to signal through, so that a recycled pid is never hit.
#pragma once

#include <sys/types.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "loop/clock.hpp"

namespace wedgehog::loop {

struct exit_status {
  int code = 0;      // when it exited by itself
  int signal = 0;    // when a signal ended it
  double cpu_s = 0;  // user + system time, from wait4
  [[nodiscard]] bool clean() const { return code == 0 && signal == 0; }
};
// "exit code 1", "killed by SIGKILL"
[[nodiscard]] std::string describe(exit_status const& status);

struct process_options {
  std::vector<std::string> argv;                   // argv[0] is looked up in PATH
  std::map<std::string, std::string> environment;  // added to ours
  std::string directory;                           // empty: ours
  std::string output_file;                         // stdout and stderr; empty: /dev/null
  int input = -1;              // a descriptor that becomes its stdin; -1: /dev/null
  int output = -1;             // and its stdout, instead of output_file
  std::vector<int> inherited;  // descriptors the child keeps, under the same numbers
  int oom_score_adjust =
      0;  // 0 leaves it; QEMU gets +500 so that the host's OOM killer takes it first
  bool dies_with_us = true;  // PR_SET_PDEATHSIG(SIGKILL)
  bool huge_pages = true;    // false: PR_SET_THP_DISABLE
};

// Must be created, awaited and destroyed on the loop thread: a parent-death signal follows the
// thread that forked.
class process {
 public:
  process(process&&) noexcept;
  process& operator=(process&&) noexcept;
  // Kills the whole group with SIGKILL when it still runs, and reaps it.
  ~process();

  // Blame: host. exec failing (no such program) is reported here, with the program's name.
  static result<process> start(asio::any_io_executor const& executor,
                               process_options const& options);

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running() const { return !status_.has_value(); }
  // Known once it ended and wait() or poll() saw it.
  [[nodiscard]] std::optional<exit_status> const& status() const { return status_; }

  // May be awaited by one coroutine at a time; returns at once when it has ended before.
  awaitable<exit_status> wait();
  // Looks without waiting.
  std::optional<exit_status> poll();
  // To the process alone; false when it is gone.
  bool signal(int number);
  // To its whole group.
  void kill_group(int number);

 private:
  process(asio::any_io_executor const& executor, pid_t pid, int pidfd);
  void reap(bool block);

  pid_t pid_;
  asio::posix::stream_descriptor pidfd_;
  std::optional<exit_status> status_;
};

}  // namespace wedgehog::loop
