// qmp_bench [monitors] [commands]: libqmp beside a raw blocking socket that parses nothing, on the
// same bare QEMUs in alternating blocks. First the round trip of query-status on one monitor, then
// a sweep over all monitors from one thread. Defaults: 20 monitors, 4000 commands.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <list>

#include "loop/nursery.hpp"
#include "loop/process.hpp"
#include "qmp/client.hpp"

namespace {

using namespace wedgehog;

[[noreturn]] void give_up(std::string const& why) {
  throw std::runtime_error(why);
}

double now_us() {
  auto const since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::micro>(since).count();
}

double cpu_us() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto const us = [](timeval const& t) {
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

// The least that a client can be.
class raw_client {
 public:
  explicit raw_client(std::string const& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      give_up("connecting to " + path + ": " + std::strerror(errno));
    receive();
    send("{\"execute\":\"qmp_capabilities\"}\n");
    receive();
  }
  raw_client(raw_client const&) = delete;
  raw_client& operator=(raw_client const&) = delete;
  ~raw_client() { ::close(fd_); }

  void send(std::string_view line) {
    if (::send(fd_, line.data(), line.size(), MSG_NOSIGNAL) < 0) give_up("QEMU is gone");
  }
  void receive() {
    char bytes[4096];
    ssize_t size = 0;
    do {
      size = ::recv(fd_, bytes, sizeof bytes, 0);
      if (size <= 0) give_up("QEMU is gone");
    } while (bytes[size - 1] != '\n');
  }

 private:
  int fd_;
};

struct measured {
  std::vector<double> us;
  double cpu = 0;

  [[nodiscard]] double at(double share) {
    std::sort(us.begin(), us.end());
    return us[std::min(us.size() - 1, static_cast<std::size_t>(share * double(us.size())))];
  }
};

void compare(std::string const& what, measured& raw, measured& ours, double commands) {
  auto const line = [&](char const* name, measured& one) {
    fmt::print("{:24} {:8} p50 {:9.1f} us  p99 {:9.1f} us  client CPU {:6.1f} us/command\n", what,
               name, one.at(0.5), one.at(0.99), one.cpu / commands);
  };
  line("raw", raw);
  line("libqmp", ours);
  fmt::print("{:24} ratio    p50 {:9.2f}     p99 {:9.2f}     client CPU {:6.2f}\n", what,
             ours.at(0.5) / raw.at(0.5), ours.at(0.99) / raw.at(0.99), ours.cpu / raw.cpu);
}

constexpr std::string_view question = "{\"execute\":\"query-status\",\"id\":1}\n";

loop::awaitable<void> round_trips(qmp::client& link, raw_client& raw, int commands) {
  measured plain, ours;
  constexpr int block = 200;
  for (int done = 0; done < commands; done += block) {
    auto cpu = cpu_us();
    for (int i = 0; i < block; ++i) {
      auto const begin = now_us();
      raw.send(question);
      raw.receive();
      plain.us.push_back(now_us() - begin);
    }
    plain.cpu += cpu_us() - cpu;
    cpu = cpu_us();
    for (int i = 0; i < block; ++i) {
      auto const begin = now_us();
      auto const answer = co_await link.execute("query-status");
      ours.us.push_back(now_us() - begin);
      if (!answer) give_up(answer.error().message());
    }
    ours.cpu += cpu_us() - cpu;
  }
  compare("round trip", plain, ours, double(plain.us.size()));
}

loop::awaitable<void> ask(qmp::client& link) {
  auto const answer = co_await link.execute("query-status");
  if (!answer) give_up(answer.error().message());
}

loop::awaitable<void> sweeps(std::vector<qmp::client>& links, std::list<raw_client>& raws) {
  measured plain, ours;
  auto const executor = co_await loop::asio::this_coro::executor;
  constexpr int rounds = 30;
  for (int round = 0; round < rounds; ++round) {
    auto cpu = cpu_us();
    auto begin = now_us();
    for (auto& one : raws) one.send(question);
    for (auto& one : raws) one.receive();
    plain.us.push_back(now_us() - begin);
    plain.cpu += cpu_us() - cpu;
    cpu = cpu_us();
    begin = now_us();
    loop::nursery children(executor);
    for (auto& one : links) children.spawn(ask(one));
    co_await children.join();
    ours.us.push_back(now_us() - begin);
    ours.cpu += cpu_us() - cpu;
  }
  compare(fmt::format("sweep of {}", links.size()), plain, ours, rounds * double(links.size()));
}

struct directory {
  std::string path = (std::filesystem::temp_directory_path() / "qmp-bench-XXXXXX").string();
  directory() {
    if (::mkdtemp(path.data()) == nullptr) give_up("no temporary directory");
  }
  ~directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

loop::awaitable<void> measure(int monitors, int commands) {
  auto const executor = co_await loop::asio::this_coro::executor;
  loop::real_clock time;
  directory const place;
  std::vector<loop::process> qemus;  // killed and reaped when this ends, however it ends
  std::vector<qmp::client> links;
  std::list<raw_client> raws;
  auto const begin = now_us();
  for (int i = 0; i < monitors; ++i) {
    loop::process_options options;
    options.argv = {"qemu-system-x86_64", "-machine", "none", "-nodefaults",
                    "-no-user-config",    "-display", "none", "-S"};
    for (char const* name : {"a", "r"})
      options.argv.insert(
          options.argv.end(),
          {"-qmp", fmt::format("unix:{}/{}{},server=on,wait=off", place.path, name, i)});
    auto started = loop::process::start(executor, options);
    if (!started) give_up(started.error().message());
    qemus.push_back(std::move(*started));
  }
  for (int i = 0; i < monitors; ++i) {
    qmp::client_options options;
    options.deadline = std::chrono::minutes(2);
    auto made = co_await qmp::client::connect(executor, time, fmt::format("{}/a{}", place.path, i),
                                              options);
    if (!made) give_up(made.error().message());
    links.push_back(std::move(*made));
    raws.emplace_back(fmt::format("{}/r{}", place.path, i));
  }
  fmt::print("{} QEMUs started and connected in {:.2f} s\n", monitors, (now_us() - begin) / 1e6);
  co_await round_trips(links.front(), raws.front(), commands);
  co_await sweeps(links, raws);
}

}  // namespace

int main(int argc, char** argv) {
  int const monitors = std::clamp(argc > 1 ? std::atoi(argv[1]) : 20, 1, 300);
  int const commands = std::clamp(argc > 2 ? std::atoi(argv[2]) : 4000, 200, 1'000'000);
  boost::asio::io_context context(1);
  int outcome = 0;
  auto done = [&](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (std::exception const& failure) {
      fmt::print(stderr, "qmp_bench: {}\n", failure.what());
      outcome = 1;
    }
  };
  boost::asio::co_spawn(context, measure(monitors, commands), done);
  context.run();
  return outcome;
}
