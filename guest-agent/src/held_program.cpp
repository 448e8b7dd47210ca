#include "held_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "bodies.hpp"
#include "clock.hpp"

namespace wedgehog::guest {

namespace {

constexpr std::size_t longest_question = 512;
constexpr std::uint64_t question_limit_ms = 5000;
constexpr char answers[] = "+";
constexpr char is_no_more[] = "-";

bool address_of(std::string const& path, sockaddr_un& address) {
  address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return true;
}

int listen_on(std::string const& path) {
  sockaddr_un address;
  if (!address_of(path, address)) return -1;
  int const listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (listener < 0) return -1;
  unlink(path.c_str());  // of an agent that ended: the folder is ours
  bool const good = bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                    chmod(path.c_str(), 0600) == 0 && listen(listener, 8) == 0;
  if (good) return listener;
  close(listener);
  return -1;
}

// Waits for something to read on one of the two; -1 is nobody.
struct readable {
  bool first = false;
  bool second = false;
};
readable wait_for(int first, int second, std::uint64_t until_us) {
  pollfd watched[2] = {{first, POLLIN, 0}, {second, POLLIN, 0}};
  auto const now = now_us();
  auto const left_ms = until_us <= now ? 0 : (until_us - now) / 1000U + 1;
  auto const ready = poll(watched, 2, static_cast<int>(std::min<std::uint64_t>(left_ms, 600000)));
  if (ready <= 0) return {};
  return {watched[0].revents != 0, watched[1].revents != 0};
}

std::string hex_of(std::uint64_t number) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (; number != 0; number >>= 4U) text.insert(text.begin(), digits[number & 15U]);
  return text;
}

std::string_view only_word(std::string_view line) {
  auto const begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

class keeper {
 public:
  keeper(held_program const& what, int listener, int alive)
      : what_(what), listener_(listener), alive_(alive) {}
  // Until its caller has gone.
  void serve();

 private:
  bool have_program();
  void end_program();
  void warm();
  void serve_client(int client);
  // To nobody when `client` is -1. False when the program ended or did not answer: it is ended
  // then.
  bool ask(std::string const& question, int client);
  bool pass_on(std::string& pending, std::string const& mark, int client, std::uint64_t& left);

  held_program const& what_;
  int listener_;
  int alive_;
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  std::uint64_t started_us_ = 0;
  std::uint64_t warm_at_us_ = 0;
  std::uint64_t asked_ = 0;
};

bool keeper::have_program() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == 0) return true;
  if (pid_ > 0) end_program();
  if (started_us_ != 0 && now_us() - started_us_ < what_.between_starts_ms * 1000U) return false;
  started_us_ = now_us();
  int to[2];
  int from[2];
  if (pipe(to) != 0) return false;
  if (pipe(from) != 0) {
    close(to[0]);
    close(to[1]);
    return false;
  }
  pid_ = fork();
  if (pid_ == 0) {
    setpgid(0, 0);
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    dup2(from[1], STDERR_FILENO);
    for (int fd = 3; fd < 64; ++fd) close(fd);
    ::signal(SIGPIPE, SIG_DFL);
    execl("/bin/sh", "/bin/sh", "-c", what_.command.c_str(), nullptr);
    _exit(127);
  }
  close(to[0]);
  close(from[1]);
  in_ = to[1];
  out_ = from[0];
  if (pid_ > 0) return true;
  end_program();
  return false;
}

void keeper::end_program() {
  if (pid_ > 0) {
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  for (int* fd : {&in_, &out_}) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
  pid_ = -1;
}

// The lines of `pending` that are whole; true when the last of them was the mark.
bool keeper::pass_on(std::string& pending, std::string const& mark, int client,
                     std::uint64_t& left) {
  std::size_t begin = 0;
  bool marked = false;
  for (std::size_t end = 0; !marked; begin = end + 1) {
    end = pending.find('\n', begin);
    if (end == std::string::npos) break;
    auto const line = std::string_view(pending).substr(begin, end - begin + 1);
    marked = only_word(line.substr(0, line.size() - 1)) == mark;
    if (marked || left == 0) continue;
    auto const count = std::min<std::uint64_t>(left, line.size());
    left -= count;
    if (client >= 0) print(client, line.substr(0, static_cast<std::size_t>(count)));
    if (left == 0 && client >= 0) print(client, "\n[cut off here]\n");
  }
  pending.erase(0, marked ? std::string::npos : begin);
  // A line without an end must not fill the memory.
  if (pending.size() > (64U << 10U)) pending.erase(0, pending.size() - (1U << 10U));
  return marked;
}

bool keeper::ask(std::string const& question, int client) {
  auto const mark = hex_of(0x5eed000000U + ++asked_);
  auto command = what_.mark_command;
  command.replace(command.find("{}"), 2, mark);
  auto const until = now_us() + what_.deadline_ms * 1000U;
  auto left = what_.most_bytes;
  std::string pending;
  bool marked = false;
  bool const sent = print(in_, question + "\n" + command + "\n");
  while (sent && !marked && now_us() < until) {
    auto const ready = wait_for(out_, client, until);
    if (ready.second) break;  // whoever asked has gone
    if (!ready.first) continue;
    char bytes[16384];
    auto const count = read(out_, bytes, sizeof bytes);
    if (count <= 0) break;
    pending.append(bytes, static_cast<std::size_t>(count));
    marked = pass_on(pending, mark, client, left);
  }
  if (marked) return true;
  if (client >= 0)
    print(client, pending + "\n[the program that was asked did not answer to the end]\n");
  end_program();
  return false;
}

void keeper::warm() {
  warm_at_us_ = now_us() + what_.warm_every_ms * 1000U;
  if (!have_program()) return;
  for (auto const& one : what_.warm_with)
    if (!ask(one, -1)) return;
}

void keeper::serve_client(int client) {
  std::string question;
  auto const until = now_us() + question_limit_ms * 1000U;
  while (question.empty() || question.back() != '\n') {
    char byte = 0;
    if (question.size() > longest_question || !wait_for(client, -1, until).first ||
        read(client, &byte, 1) != 1)
      return;
    question += byte;
  }
  question.pop_back();
  bool const there = have_program();
  if (!print(client, there ? answers : is_no_more) || !there) return;
  ask(question, client);
}

void keeper::serve() {
  warm();
  for (;;) {
    auto const ready = wait_for(listener_, alive_, warm_at_us_);
    if (ready.second) break;
    if (ready.first) {
      int const client = accept(listener_, nullptr, nullptr);
      if (client < 0) continue;
      serve_client(client);
      close(client);
    } else if (now_us() >= warm_at_us_) {
      warm();
    }
  }
  end_program();
}

}  // namespace

bool hold_program(held_program const& what, std::string const& path,
                  std::function<void()> const& settle, std::string& why) {
  int alive[2];
  int const listener = listen_on(path);
  if (listener < 0 || pipe(alive) != 0) {
    why = "listening on " + path + ": " + std::strerror(errno);
    if (listener >= 0) close(listener);
    return false;
  }
  for (int fd : {alive[0], alive[1], listener}) fcntl(fd, F_SETFD, FD_CLOEXEC);
  pid_t const pid = fork();
  if (pid == 0) {
    ::signal(SIGPIPE, SIG_IGN);
    for (int fd = 3; fd < 64; ++fd)
      if (fd != listener && fd != alive[0]) close(fd);
    settle();
    keeper(what, listener, alive[0]).serve();
    _exit(0);
  }
  close(listener);
  close(alive[0]);
  if (pid > 0) return true;
  close(alive[1]);
  why = std::string("starting a keeper: ") + std::strerror(errno);
  return false;
}

bool ask_held_program(std::string const& path, std::string const& question, int to) {
  sockaddr_un address;
  if (!address_of(path, address) || question.find('\n') != std::string::npos) return false;
  int const line = socket(AF_UNIX, SOCK_STREAM, 0);
  if (line < 0) return false;
  char first = 0;
  bool const heard = connect(line, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                     print(line, question + "\n") && read(line, &first, 1) == 1 &&
                     first == answers[0];
  char bytes[16384];
  while (heard) {
    auto const count = read(line, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || !print(to, {bytes, static_cast<std::size_t>(count)})) break;
  }
  close(line);
  return heard;
}

}  // namespace wedgehog::guest
