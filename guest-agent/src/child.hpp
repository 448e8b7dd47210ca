// One child process of the agent and what it writes: everything that could block (scripts,
// workloads, collectors, the canary, writing a file, power-off) runs in one, so that nothing blocks
// the agent.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/allowance.hpp"
#include "wire/last_bytes.hpp"
#include "wire/messages.hpp"

namespace wedgehog::guest {

// What to execute, by way of a shell.
struct program {
  std::string interpreter;
  std::string script;
  std::vector<std::string> environment;
  std::string directory;
};

// Starts `what` in a process group of its own; its outputs become non-blocking pipes. 0 or errno.
struct spawned {
  pid_t pid = -1;
  int output = -1;
  int error = -1;
};
int spawn(program const& what, spawned& child);
// The same for code of ours: runs body() in a fork, without an exec, because our memory is locked
// and a binary on a sick disk is not. The body's output descriptor is 1, errors go to 2; its value
// is the exit status. It must not touch what other threads of the agent share.
int spawn(std::function<int()> const& body, bool protect, spawned& child);

// Counts lines, and lines that start with "error" in any case, in a stream fed piecewise.
class line_counter {
 public:
  void feed(char const* bytes, std::size_t count);
  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  [[nodiscard]] std::uint64_t errors() const { return errors_; }

 private:
  std::uint64_t lines_ = 0;
  std::uint64_t errors_ = 0;
  std::size_t matched_ = 0;  // of "error" at the start of this line; `differs` when it is another
  static constexpr std::size_t differs = ~std::size_t{0};
};

// How much of a stream goes to the host: its beginning at once, then now and then the last of it,
// and its end. What lies between is left out.
class stream_limit {
 public:
  explicit stream_limit(std::uint64_t bytes = 0);

  // How much of what comes now may be sent; the rest is for keep(). Nothing overtakes what is kept.
  [[nodiscard]] std::size_t may_send(std::uint64_t now_us);
  void sent(std::size_t count) { head_.spend(count); }
  void keep(std::string_view bytes) { tail_.push(bytes); }
  // What is kept may go.
  [[nodiscard]] bool due(std::uint64_t now_us);
  [[nodiscard]] wire::last_bytes& tail() { return tail_; }

 private:
  wire::allowance head_;
  wire::last_bytes tail_;
};

// One of a child's two output pipes.
struct stream {
  int fd = -1;
  std::uint64_t produced = 0;
  std::uint64_t sent = 0;
  bool drained = false;  // found empty after the end of its process
  line_counter lines;
  stream_limit limit;
};

enum class child_kind {
  step,       // a script whose end is awaited
  workload,   // a script in the background, on the board
  collector,  // may be held up by a slow line rather than lose output
  canary,
  hog,
  chore,  // write-file, power, sysrq
};

struct child {
  child_kind kind = child_kind::step;
  std::uint64_t request = 0;
  std::string name;
  pid_t pid = -1;
  stream streams[2];
  std::uint64_t began_us = 0;
  std::uint64_t deadline_us = 0;  // 0: none
  std::uint64_t kill_us = 0;      // SIGKILL then; 0: not planned
  std::uint64_t killed_us = 0;    // when SIGKILL was sent; 0: not yet
  std::uint64_t exited_us = 0;
  int status = 0;
  bool may_pack = false;  // the host unpacks what it writes
  bool exited = false;
  bool timed_out = false;
  bool told = false;                         // its end has been reported
  bool given_up = false;                     // reported as unkillable
  int place = -1;                            // on the board
  std::vector<std::uint64_t> stop_requests;  // answered with its end too
  std::atomic<std::uint64_t>* counter = nullptr;
  std::string counter_path;
};

}  // namespace wedgehog::guest
