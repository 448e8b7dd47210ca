#include "supervisor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "clock.hpp"
#include "os/os.hpp"
#include "wire/packing.hpp"

namespace wedgehog::guest {

namespace {

constexpr std::uint64_t second_us = 1000000;
constexpr std::uint64_t kill_patience_us = 2 * second_us;
constexpr std::size_t chunk = 8192;  // of output per message: small enough for a UART to interleave
constexpr std::size_t chunk_to_pack = 4 * chunk;  // of text that becomes shorter on its way

int wakeup_pipe[2] = {-1, -1};

void note_child(int) {
  int const before = errno;
  char const byte = 0;
  if (write(wakeup_pipe[1], &byte, 1) < 0) errno = before;  // full: a wake-up is under way
  errno = before;
}

void watch_children() {
  if (pipe(wakeup_pipe) != 0) return;  // then the poll's time-out finds them
  for (int fd : wakeup_pipe) {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  struct sigaction action {};
  action.sa_handler = note_child;
  action.sa_flags = SA_RESTART;
  sigaction(SIGCHLD, &action, nullptr);
}

}  // namespace

supervisor::supervisor(port const& line, supervisor_options options, wire::hello hello, outbox& out,
                       board& shown)
    : line_(line),
      options_(std::move(options)),
      hello_(std::move(hello)),
      out_(out),
      board_(shown) {}

void supervisor::serve() {
  watch_children();
  out_.send(hello_);
  while (!line_ended_) {
    board_.supervisor_turn_us = now_us();
    board_.asked = !children_.empty();
    wait_for_events();
  }
  for (auto& one : children_)
    if (!one.exited) kill_group(one, SIGKILL);
  for (auto& one : children_) release(one);
}

void supervisor::wait_for_events() {
  std::vector<pollfd> fds;
  struct source {
    child* from;
    int index;
  };
  std::vector<source> sources;
  fds.push_back({wakeup_pipe[0], POLLIN, 0});
  bool const listen = now_us() >= port_rests_until_us_;
  fds.push_back({listen ? line_.in : -1, POLLIN, 0});
  bool const crowded = out_.crowded();
  for (auto& one : children_) {
    if (crowded && one.kind == child_kind::collector) continue;
    for (int i = 0; i < 2; ++i) {
      if (one.streams[i].fd < 0) continue;
      fds.push_back({one.streams[i].fd, POLLIN, 0});
      sources.push_back({&one, i});
    }
  }
  poll(fds.data(), fds.size(), crowded || !listen ? 50 : until_next_deadline_ms());
  char bytes[256];
  while (read(wakeup_pipe[0], bytes, sizeof bytes) > 0) {
  }
  if (fds[1].revents != 0) read_port();
  // Ends are noted before the pipes are read: what a process wrote before its end is then in there.
  reap();
  for (std::size_t i = 0; i < sources.size(); ++i)
    if (fds[i + 2].revents != 0 || sources[i].from->exited)
      read_stream(*sources[i].from, sources[i].index);
  for (auto one = children_.begin(); one != children_.end();) {
    if (!one->told) send_tails(*one, false);
    watch_deadlines(*one);
    bool const over = one->exited && one->told && one->streams[0].fd < 0 && one->streams[1].fd < 0;
    if (over) release(*one);
    one = over ? children_.erase(one) : std::next(one);
  }
}

int supervisor::until_next_deadline_ms() const {
  auto const now = now_us();
  auto next = children_.empty() ? board_.next_turn_us(now) : now + second_us / 4;
  for (auto const& one : children_) {
    if (one.exited || one.killed_us != 0) continue;
    for (auto const due : {one.deadline_us, one.kill_us})
      if (due != 0) next = std::min(next, std::max(due, now));
  }
  return static_cast<int>((next - now + 999) / 1000);
}

bool supervisor::read_port() {
  char bytes[16384];
  auto const count = read(line_.in, bytes, sizeof bytes);
  if (count > 0) {
    decoder_.feed({bytes, static_cast<std::size_t>(count)},
                  [this](wire::frame const& f) { take(f); });
    board_.garbage_bytes = decoder_.counts().garbage_bytes;
    board_.lost_frames = decoder_.counts().lost_frames;
    return true;
  }
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  // Nobody there. A virtio port without a reader says so at every poll: look again a little later.
  if (line_.lasting)
    port_rests_until_us_ = now_us() + second_us / 10;
  else
    line_ended_ = true;
  return false;
}

void supervisor::read_stream(child& from, int index) {
  auto& stream = from.streams[index];
  char bytes[chunk_to_pack];
  auto const most = from.may_pack ? chunk_to_pack : chunk;
  // A bounded number of turns, so that one flooding child does not starve the others.
  for (int turn = 0; turn < 16; ++turn) {
    if (from.kind == child_kind::collector && out_.crowded()) return;
    auto const count = read(stream.fd, bytes, most);
    if (count > 0) {
      forward(from, index, bytes, static_cast<std::size_t>(count));
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    bool const empty = count < 0 && errno == EAGAIN;
    if (!empty) {
      close(stream.fd);
      stream.fd = -1;
    }
    // Once its process has ended, an empty pipe is only kept open by processes it left behind.
    // They are read on, so that they do not die of it, but the request has ended.
    if (from.exited) stream.drained = true;
    return;
  }
}

void supervisor::forward(child& from, int index, char const* bytes, std::size_t count) {
  auto& stream = from.streams[index];
  if (from.told) return;
  auto const offset = stream.produced;
  stream.produced += count;
  if (from.kind == child_kind::workload && from.place != board::none) {
    auto const before_lines = stream.lines.lines();
    auto const before_errors = stream.lines.errors();
    stream.lines.feed(bytes, count);
    board_.count(from.place, index == 0 ? stream.lines.lines() - before_lines : 0,
                 index == 1 ? stream.lines.errors() - before_errors : 0);
  }
  std::string_view const came(bytes, count);
  auto const allowed = std::min(came.size(), stream.limit.may_send(now_us()));
  auto const passed =
      send_output(from, index, offset, came.substr(0, allowed), false) ? allowed : 0;
  stream.limit.sent(passed);
  stream.limit.keep(came.substr(passed));
}

// Packed where that helps and is understood: one message of at most a chunk either way.
bool supervisor::send_output(child& from, int index, std::uint64_t offset, std::string_view bytes,
                             bool last) {
  if (bytes.empty()) return true;
  auto shorter = from.may_pack ? wire::packed(bytes) : std::string();
  bool const pack = from.may_pack && shorter.size() < bytes.size() && shorter.size() <= chunk;
  if (!pack && bytes.size() > chunk) {
    auto const first = bytes.size() / 2;
    bool const sent = send_output(from, index, offset, bytes.substr(0, first), last);
    return send_output(from, index, offset + first, bytes.substr(first), last) && sent;
  }
  wire::output message;
  message.request = from.request;
  message.stream = static_cast<wire::output_stream>(index);
  message.offset = offset;
  message.unpacked = pack ? bytes.size() : 0;
  message.bytes = pack ? std::move(shorter) : std::string(bytes);
  if (from.kind == child_kind::workload) message.workload = std::string_view(from.name);
  std::string payload;
  bool const sent =
      wire::encode(message, payload, wire::payload_limit) &&
      (out_.put_output(message.type, payload) || (last && out_.put(message.type, payload)));
  if (sent) from.streams[index].sent += bytes.size();
  return sent;
}

// What a flood left of a stream's end: when there is room for it again, or it is the end (`last`).
void supervisor::send_tails(child& from, bool last) {
  for (int index = 0; index < 2; ++index) {
    auto& stream = from.streams[index];
    auto& tail = stream.limit.tail();
    if (tail.empty() || !(last || stream.limit.due(now_us()))) continue;
    if (out_.crowded() && !last) continue;
    auto const offset = stream.produced - tail.size();
    auto const bytes = tail.take();
    for (std::size_t at = 0; at < bytes.size(); at += chunk) {
      auto const piece = std::string_view(bytes).substr(at, chunk);
      if (send_output(from, index, offset + at, piece, last)) stream.limit.sent(piece.size());
    }
  }
}

void supervisor::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0;) {
    auto const found = std::find_if(children_.begin(), children_.end(), [pid](child const& one) {
      return one.pid == pid && !one.exited;
    });
    if (found == children_.end()) continue;  // an orphan, when we are process 1
    if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
      if (found->kind == child_kind::workload)
        board_.set_state(found->place, WIFSTOPPED(status) ? wire::workload_state::stopped
                                                          : wire::workload_state::running);
      continue;
    }
    found->exited = true;
    found->status = status;
    found->exited_us = now_us();
    if (found->kind == child_kind::workload)
      board_.end_workload(found->place,
                          WIFEXITED(status) ? static_cast<std::uint32_t>(WEXITSTATUS(status)) : 0,
                          WIFSIGNALED(status) ? static_cast<std::uint32_t>(WTERMSIG(status)) : 0);
    if (found->kind == child_kind::canary) board_.end_canary(found->place);
    if (found->kind == child_kind::hog && WIFSIGNALED(status))
      hog_signal_ = static_cast<std::uint32_t>(WTERMSIG(status));
  }
}

void supervisor::watch_deadlines(child& one) {
  if (one.exited) {
    bool const read_out = std::all_of(std::begin(one.streams), std::end(one.streams),
                                      [](stream const& s) { return s.fd < 0 || s.drained; });
    // A collector's last output may wait for room in the queue, but not for ever.
    bool const enough = now_us() - one.exited_us > 30 * second_us;
    if (!one.told && (read_out || enough)) tell_end(one, false);
    return;
  }
  auto const now = now_us();
  if (one.deadline_us != 0 && now >= one.deadline_us && one.killed_us == 0) {
    one.timed_out = true;
    kill_group(one, SIGKILL);
  }
  if (one.kill_us != 0 && now >= one.kill_us && one.killed_us == 0) kill_group(one, SIGKILL);
  if (one.killed_us != 0 && now > one.killed_us + kill_patience_us && !one.given_up) {
    one.given_up = true;
    tell_end(one, true);
  }
}

void supervisor::kill_group(child& one, int number) {
  if (one.exited) return;
  kill(-one.pid, number);
  if (number == SIGKILL && one.killed_us == 0) one.killed_us = now_us();
}

void supervisor::tell_end(child& one, bool unkillable) {
  one.told = !unkillable;
  send_tails(one, true);
  wire::ended message;
  message.took_us = (unkillable ? now_us() : one.exited_us) - one.began_us;
  message.timed_out = one.timed_out;
  message.unkillable = unkillable;
  if (unkillable) {
    message.stuck_in = os::describe_process(static_cast<std::uint32_t>(one.pid));
  } else if (WIFEXITED(one.status)) {
    message.exit_status = static_cast<std::uint32_t>(WEXITSTATUS(one.status));
  } else if (WIFSIGNALED(one.status)) {
    message.signal = static_cast<std::uint32_t>(WTERMSIG(one.status));
  }
  message.output_bytes = one.streams[0].produced;
  message.error_bytes = one.streams[1].produced;
  message.unsent_bytes =
      one.streams[0].produced + one.streams[1].produced - one.streams[0].sent - one.streams[1].sent;
  message.request = one.request;
  give_answer(message);
  for (auto const request : one.stop_requests) {
    message.request = request;
    give_answer(message);
  }
}

void supervisor::release(child& one) {
  for (auto& stream : one.streams)
    if (stream.fd >= 0) close(stream.fd);
  if (one.counter) munmap(one.counter, sizeof *one.counter);
  if (!one.counter_path.empty()) unlink(one.counter_path.c_str());
}

}  // namespace wedgehog::guest
